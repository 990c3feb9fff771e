"""The text of params.yaml: every knob of every suite, with what it may be, and the values the user has set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.store.files import write_atomic
from benchmark.suite.config import describe, field_types, none
from benchmark.suite.folder import find
from benchmark.suite.params import Params, known_suites, read
from benchmark.suite.profiles import profiles
from benchmark.suite.suite import Suite
from benchmark.suite.yaml_text import dump, parse

header = """\
# What you can turn; null means "as the profile says". Try a value once:
#   lossbench run SUITE --set KEY=VALUE
# or as an experiment that DVC remembers and compares:
#   dvc exp run -S profile=small        dvc exp run -S 'suites.SUITE.KEY=VALUE'
# Written by `lossbench params`, which keeps your values.
"""


def update(path: Path, suites_dir: Path) -> bool:
    """Bring params.yaml in step with the suites, keeping the values that are set; tell whether it changed.

    Raises:
        ParamsError: when the file has a problem; it is then left alone.
    """
    text = _wanted(path, suites_dir)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    write_atomic(path, text.encode())
    return True


def is_in_step(path: Path, suites_dir: Path) -> bool:
    """Tell whether params.yaml has every knob and no other; comments and layout aside, which DVC rewrites."""
    if not path.exists():
        return False
    found = parse(path.read_text(encoding="utf-8"), path.name).plain
    return bool(found == parse(_wanted(path, suites_dir), path.name).plain)


def _wanted(path: Path, suites_dir: Path) -> str:
    params = read(path, suites_dir, obsolete_nulls=True)
    # a suite that cannot be imported raises what is wrong with it: without its knobs the values set there were lost
    every = {name: suite or find(name, suites_dir).suite for name, suite in known_suites(suites_dir).items()}
    return render(params, every)


def render(params: Params, suites: Mapping[str, Suite]) -> str:
    """Return the whole file."""
    lines = [
        header,
        f"profile: {params.profile}  # {', '.join(profiles)}",
        f"data: {dump(params.data)}  # folder of the data sets; see `lossbench list data`",
        f"device: {params.device}  # auto, cpu, cuda, cuda:1",
        "",
        "suites:" if suites else "suites: {}",
    ]
    for name, suite in suites.items():
        lines += [f"  {name}:", *_knobs(suite, params.suites.get(name, {}))]
    return "\n".join(lines) + "\n"


def _knobs(suite: Suite, values: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, kind in field_types(suite).items():
        texts = {profile: short(getattr(config, name)) for profile, config in suite.profiles.items()}
        same = len(set(texts.values())) == 1
        by_profile = next(iter(texts.values())) if same else ", ".join(map(" ".join, texts.items()))
        value = none if name in values and values[name] is None else values.get(name)
        lines += [f"    # {describe(kind)}; {by_profile}", f"    {name}: {dump(value)}"]
    return lines


def short(value: Any) -> str:
    """Return a value on little room: the ends of long lists, and of consecutive integers."""
    if not isinstance(value, tuple):
        return none if value is None else dump(value)
    if len(value) > 2 and all(isinstance(item, int) and item == value[0] + i for i, item in enumerate(value)):
        return f"[{value[0]}, ..., {value[-1]}]"
    return dump(value) if len(value) <= 8 else f"{dump(value[:3])[:-1]}, ..., {dump(value[-1])}]"
