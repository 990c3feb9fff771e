"""The committed list of what `ci` computes. `python -m tests.suites.manifest` writes it anew, for a reviewed change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmark.plan import Plan, plan
from benchmark.suite import available, find

root = Path(__file__).parents[2]
path = Path(__file__).with_name("ci_manifest.json")


def planned(name: str, profile: str = "ci") -> Plan:
    """Return the plan of a suite, data left open."""
    folder = find(name, root / "suites")
    return plan(folder, profile=profile, config=folder.suite.profiles[profile])


def manifest() -> dict[str, Any]:
    """Return, by suite, the cells of ci by key, and how often each measure is taken."""
    found: dict[str, Any] = {}
    for name in available(root / "suites"):
        laid_out = planned(name)
        labels = [job.measure.label for job in laid_out.jobs]
        found[name] = {
            "cells": {cell.key: laid_out.name(cell) for cell in laid_out.cells},
            "measures": {label: labels.count(label) for label in sorted(set(labels))},
        }
    return found


if __name__ == "__main__":
    path.write_text(json.dumps(manifest(), indent=1) + "\n")
