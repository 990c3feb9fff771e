"""What a suite says of its profiles: which factors networks can have, and which settings a profile has."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from benchmark.cells.cell import factors
from benchmark.suite.suite import Suite


def factors_of(suite: Suite) -> frozenset[str]:
    """Return the columns of all cells of all profiles, and `tuned`, which they have after a sweep."""
    of_cells = {
        column
        for config in suite.profiles.values()
        for cell in suite.cells(config)
        for column in (*factors(cell), *suite.label(config, cell))
    }
    return frozenset(of_cells | ({"tuned"} if suite.sweep is not None else set()))


def defaults_of(suite: Suite, profile: str) -> dict[str, Any] | None:
    """Return the settings of a profile as plain JSON; None where the suite has no such profile."""
    config = suite.profiles.get(profile)
    if config is None:
        return None
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(config), default=str))
    return plain
