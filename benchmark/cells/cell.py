"""What was asked for: cells, where they start, and the key that names them.

A spec is a frozen dataclass of plain values and other specs. Its key is a hash of its canonical form, in which
fields at their default are left out: a new field with a default that changes nothing keeps every old key.
Standard library only, so that planning needs neither torch nor data.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

type_tag = (
    "="  # the entry of a canonical form that holds the name of the spec's class; no field can have this name
)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One network to be trained (or derived), with one draw of every random stream.

    Attributes:
        data: data spec; its own `split_seed` draws the subset and the split.
        model: model spec.
        training: training spec, or None for a cell that is only derived from its parents.
        init_seed: draws the initial weights.
        order_seed: draws the order of the examples, and dropout masks.
        augment_seed: draws the augmentation.
        start: None for freshly drawn weights, or where else the weights come from.
    """

    data: Any
    model: Any
    training: Any = None
    init_seed: int = 0
    order_seed: int = 0
    augment_seed: int = 0
    start: FromCheckpoint | Derived | None = None

    def __post_init__(self) -> None:
        if self.training is None and not isinstance(self.start, Derived):
            raise ValueError(
                "Cell.training is None, which is only possible with start=Derived(...); give a training spec"
            )

    @cached_property
    def key(self) -> str:
        """SHA-256 (hex) of the canonical form: the cell's name everywhere."""
        return key(self)

    @property
    def parents(self) -> tuple[Cell, ...]:
        """The cells that must exist before this one can start."""
        if isinstance(self.start, FromCheckpoint):
            return (self.start.cell,)
        return self.start.parents if isinstance(self.start, Derived) else ()


@dataclass(frozen=True, kw_only=True)
class FromCheckpoint:
    """Start from the state of another cell after `step` of its optimizer steps.

    Attributes:
        cell: the cell to start from.
        step: its optimizer step; the store keeps (or replays) a checkpoint there.
        optimizer: "carried" takes momentum and step counts along, "fresh" starts them anew.
        schedule: "continue" counts learning-rate schedule and data order on from `step`, "restart" from 0.
        head: "keep" the last layer's weights or draw a "fresh" one (another number of classes).
    """

    cell: Cell
    step: int
    optimizer: Literal["carried", "fresh"] = "fresh"
    schedule: Literal["continue", "restart"] = "restart"
    head: Literal["keep", "fresh"] = "keep"

    def __post_init__(self) -> None:
        if self.step < 0:
            raise ValueError(f"FromCheckpoint.step is {self.step}; give a step >= 0")


@dataclass(frozen=True, kw_only=True)
class Derived:
    """Start from weights that `rule` makes out of the final weights of `parents`, without optimizer steps."""

    parents: tuple[Cell, ...]
    rule: Any

    def __post_init__(self) -> None:
        if not self.parents:
            raise ValueError("Derived.parents is empty; name at least one parent cell")


def canonical(value: Any) -> Any:
    """Return the JSON form of a spec: class name as tag, fields at their default left out, cells by key.

    Numbers that are equal have one form (`1 == 1.0`). Raises `TypeError` on what has no canonical form and
    `ValueError` on NaN or infinity.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: getattr(value, field.name)
            for field in dataclasses.fields(value)
            if not is_default(field, getattr(value, field.name))
        }
        return {type_tag: type(value).__name__} | {name: _nested(item) for name, item in fields.items()}
    if isinstance(value, Mapping):
        return {str(name): _nested(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_nested(item) for item in value]
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a spec holds {value}; specs hold finite numbers only")
        return int(value) if value.is_integer() else value
    raise TypeError(
        f"a spec holds {value!r} of type {type(value).__name__}; use numbers, strings, tuples or specs"
    )


def _nested(value: Any) -> Any:
    return value.key if isinstance(value, Cell) else canonical(value)


def is_default(field: dataclasses.Field[Any], value: Any) -> bool:
    """Tell whether `value` is the default of `field`; True is not 1 here, but 1 is 1.0."""
    if field.default is not dataclasses.MISSING:
        default = field.default
    elif field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    else:
        return False
    return bool(value == default) and isinstance(value, bool) == isinstance(default, bool)


def key(spec: Any) -> str:
    """Return the SHA-256 (hex) of the canonical form of `spec`."""
    text = json.dumps(canonical(spec), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def specs_in(value: Any) -> Iterator[Any]:
    """Yield every spec inside `value`, itself and the parents' included: what its code identity must cover."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield value
        for field in dataclasses.fields(value):
            yield from specs_in(getattr(value, field.name))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from specs_in(item)


def factors(cell: Cell) -> dict[str, str | int | float | bool | None]:
    """Return the cell as flat columns: `data`, `data.n_train`, `model`, ..., `start`, and its seeds."""
    columns: dict[str, str | int | float | bool | None] = {}
    for name in ("data", "model", "training", "start"):
        columns |= _columns(name, getattr(cell, name))
    return columns | {name: getattr(cell, name) for name in ("init_seed", "order_seed", "augment_seed")}


def _columns(prefix: str, spec: Any) -> dict[str, str | int | float | bool | None]:
    if spec is None:
        return {prefix: None}
    columns: dict[str, str | int | float | bool | None] = {prefix: type(spec).__name__}
    for field in dataclasses.fields(spec):
        value, name = getattr(spec, field.name), f"{prefix}.{field.name}"
        if isinstance(value, Cell):
            columns[name] = value.key
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            columns |= _columns(name, value)
        elif isinstance(value, (tuple, list)):
            columns[name] = json.dumps(_nested(value), separators=(",", ":"))
        else:
            columns[name] = value
    return columns
