"""The committed list of what `ci` computes. `python -m tests.suites.manifest` writes it anew, for a reviewed change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmark.suite.plan import Plan, plan
from benchmark.suite.suite import Suite
from tests.suites.folders import folders

path = Path(__file__).with_name("ci_manifest.json")


def planned(name: str, profile: str = "ci") -> Plan:
    """Return the plan of a suite, data left open."""
    folder = folders[name]
    return plan(folder, profile=profile, config=folder.suite.profiles[profile])


def with_winners(suite: Suite, config: Any, **changes: Any) -> Any:
    """Return a Config in which every arm of the sweep has a winner near the default, with other fields changed."""
    sweep, config = suite.sweep, replace(config, **changes)
    if sweep is None:
        return config
    points = {arm: sweep.default(config, arm) for arm in sweep.arms(config)}
    tuned = (
        (arm, name, 0.8 * value if name == "lr" else 0.5 * value + 0.25)
        for arm, point in points.items()
        for name, value in point.items()
    )
    return replace(config, tuned=tuple(tuned))


def manifest() -> dict[str, Any]:
    """Return, by suite, the cells of ci by key, how often each measure is taken, and what is swept.

    The tuned arm is not in it: which cells it has is what a sweep finds out.
    """
    found: dict[str, Any] = {}
    for name in folders:
        laid_out = planned(name)
        labels = [job.measure.label for job in laid_out.jobs]
        found[name] = {
            "cells": {cell.key: laid_out.name(cell) for cell in laid_out.cells},
            "measures": {label: labels.count(label) for label in sorted(set(labels))},
            "sweep": _swept(laid_out),
        }
    return found


def _swept(laid_out: Plan) -> dict[str, Any]:
    sweep, config = laid_out.suite.sweep, laid_out.config
    if sweep is None:
        return {}
    return {
        "arms": list(sweep.arms(config)),
        "space": {name: [span.low, span.high] for name, span in sweep.space(config).items()},
        "trials": config.sweep_trials,
        "seeds": list(config.sweep_seeds),
        "n_val": config.n_val,
    }


if __name__ == "__main__":
    path.write_text(json.dumps(manifest(), indent=1) + "\n")
