"""A profile cut down until it trains in seconds, by rules that know the names of knobs and no suite.

Two seeds of few examples of the profile's data, or of digits where those are not embedded; batches that fit them; as
few epochs as the Config takes, or where a training ends at a loss, one just below that of guessing; three of whatever a
measure counts by a knob `n_...`. The networks stay, and with them all that claims compare.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.cells.data.published_names import embedded
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import Plan, narrowed, plan
from tests.suites.manifest import with_winners

of_data = {"n_train": 130, "n_test": 40, "n_measured": 40, "n_val": 40}
easy_loss = 2.0  # nats; guessing one of ten digits costs 2.3
least_counted = 3


def shrunk(folder: SuiteFolder, profile: str) -> Plan:
    """Return the plan of a profile cut down; in ci with winners of its sweep."""
    suite, config = folder.suite, folder.suite.profiles[profile]
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    batches = {name: _halved(value) for name, value in values.items() if "batch_size" in name}
    losses = {name: easy_loss for name, value in values.items() if name.startswith("stop_at_loss") and value}
    sizes = {name: size for name, size in of_data.items() if name in values}
    data = config.data if config.data in embedded else "digits"
    config = replace(unswept(config), data=data, seeds=(0, 1), **sizes, **batches, **losses)
    config = _counting_less(config)
    return plan(folder, profile=profile, config=with_winners(suite, config) if profile == "ci" else config)


def unswept(config: Any) -> Any:
    """Return the Config without the trials of its sweep, if it has one."""
    return replace(config, sweep_trials=0) if hasattr(config, "sweep_trials") else config


def one_of_each(whole: Plan) -> Plan:
    """Return the part of a plan with one cell, the first, of those that differ in numbers and the seed alone."""
    kinds: dict[Any, Cell] = {}
    for cell in whole.cells:
        words = {name: level for name, level in whole.columns[cell.key].items() if isinstance(level, str)}
        kinds.setdefault((type(cell.model), getattr(cell.model, "norm", ""), *sorted(words.items())), cell)
    return narrowed(whole, cells=lambda cell: cell in kinds.values(), measures=lambda measure: True)


def _halved(sizes: Any) -> Any:
    """Return a batch size, or several in proportion, of at most half the examples; two at least, for batch norm."""
    if isinstance(sizes, int):
        return min(sizes, of_data["n_train"] // 2)
    while max(sizes, default=0) > of_data["n_train"] // 2:
        sizes = tuple(max(size // 2, 2) for size in sizes)
    return sizes


def _counting_less(config: Any) -> Any:
    """Return the Config with as few epochs, and as few of what measures count, as it takes; others may bind one."""
    before = None
    while before != config:
        before = config
        for name in (field.name for field in fields(config) if field.name not in of_data):
            is_count = isinstance(getattr(config, name), int) and name.startswith("n_")
            if is_count or (name.endswith("epochs") and not name.startswith("max_")):
                config = _least(config, name, least_counted if is_count else 1)
    return config


def _least(config: Any, name: str, least: int) -> Any:
    value = getattr(config, name)
    for lower in range(least, value) if isinstance(value, int) else ():
        try:
            return replace(config, **{name: lower})
        except ValueError:
            continue
    return config
