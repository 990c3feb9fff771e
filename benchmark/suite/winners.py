"""What a suite's Config says about its sweep: the budget, and the winners. Standard library and specs; no torch.

Such a Config has the fields (`knobs.SweptKnobs` declares them)
    sweep_trials: points that every arm tries; 0 leaves the sweep out, and with it the tuned arm.
    sweep_seeds: of the networks that try a point, at least four, none of them among `seeds`.
    n_val: validation examples, on which these networks are compared. They are taken from the training pool: where a
        suite trains on all of it, such a network trains on so many fewer.
    tuned: the winners as (arm, hyperparameter, value); `lossbench run` fills them in from best.json. An arm in which no
        point gained more than chance gives (see `gain`) has its default there, and so no cells of its own.

A data set without a published split (digits) draws training, validation and test examples anew for every seed, so that
most examples which test a network of the tuned arm have validated one of the sweep. What leaks by that is the choice
among a handful of learning rates.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from benchmark.cells.checks import reject
from benchmark.cells.data.catalog import named
from benchmark.suite.gain import least_seeds


def winner(config: Any, arm: str) -> dict[str, float]:
    """Return the hyperparameters in force in an arm of the sweep; empty where it was not tuned."""
    return {name: value for of, name, value in config.tuned if of == arm}


def check_sweep(config: Any, *, arms: Collection[str], hyperparameters: Collection[str]) -> None:
    """Refuse a budget or winners that a sweep of these arms cannot have.

    Raises:
        ValueError: naming field, value and remedy.
    """
    if config.sweep_trials:
        _check_seeds(config)
        _check_data(config)
    for arm, name, _ in config.tuned:
        if arm not in arms:
            reject(config, "tuned", f"{arm!r} is no arm of the sweep; there are {', '.join(arms) or 'none'}")
        if name not in hyperparameters:
            reject(config, "tuned", f"{name!r} is not tuned; choose from {', '.join(hyperparameters)}")


def _check_seeds(config: Any) -> None:
    if len(set(config.sweep_seeds)) < least_seeds:
        remedy = f"give at least {least_seeds}, for a gain needs a standard error, or sweep_trials=0"
        reject(config, "sweep_seeds", remedy)
    shared = sorted(set(config.sweep_seeds) & set(config.seeds))
    if shared:
        reject(
            config,
            "sweep_seeds",
            f"{shared[0]} is among seeds, too; verdicts rest on other seeds than tuning",
        )


def _check_data(config: Any) -> None:
    sizes = {"n_train": config.n_train, "n_test": config.n_test}
    try:
        named(config.data, **sizes)
    except ValueError:
        return  # wrong without validation examples already, of which the suite tells
    try:
        named(config.data, n_val=config.n_val, **sizes)
    except ValueError as problem:
        reject(config, "n_val", f"it does not fit ({problem}); give fewer, or sweep_trials=0")
