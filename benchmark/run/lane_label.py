"""Which cells of a plan may be trained in lanes; needs no torch, so that it is a guess that a worker looks into."""

from __future__ import annotations

import json
from typing import Any

from benchmark.cells.cell import Cell, canonical

# what lanes may differ in, besides seeds: factors of an update, and all that says when it is taken or ends
per_lane = {"lr", "weight_decay", "momentum"}


def lane_label(cell: Cell) -> str | None:
    """Return what is equal for cells that differ only in seeds and rates; None where no lane is to be expected.

    Models say by `stacks` that their networks can be stacked, or by "small inputs" that those can whose data say
    `has_small_inputs`. Cells that turn out to be of different kinds are trained one after the other, by the worker that
    was given them all.
    """
    stacks = getattr(cell.model, "stacks", False)
    if stacks == "small inputs":
        stacks = getattr(cell.data, "has_small_inputs", False)
    if cell.training is None or not stacks:
        return None
    alike = [canonical(cell.model), _without(cell.training, per_lane), _without(cell.data, set())]
    return json.dumps(alike, sort_keys=True)


def _without(spec: Any, names: set[str]) -> Any:
    form = canonical(spec)
    if not isinstance(form, dict):
        return form
    return {name: value for name, value in form.items() if name not in names and not name.endswith("_seed")}
