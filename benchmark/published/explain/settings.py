"""Under which settings a claim was decided, or would be: the factors of its cells, by what they are about."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from benchmark.stats.claim import Claim, Scope
from benchmark.stats.number import CannotReduce, Number, column, select
from benchmark.stats.reduction import Contrast, Hump, Trend
from benchmark.stats.sample import SCOPE_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

Part = TypeVar("Part")
Cells = Sequence[Mapping[str, Any]]  # the factors of each cell
Values = Mapping[str, tuple[str, ...]]  # factor -> its values, sorted
of_rows = (
    "measure",
    "label",
    "quantity",
    "status",
    "options",
    "index",
    "unit",
)  # columns of numbers, not of cells
aspects = {  # factor of a cell -> what it is about; others are about the first part of their name
    "training.batch_size": "batch sizes",
    "training.epochs": "stop rule",
    "training.steps": "stop rule",
    "training.stop_at_loss": "stop rule",
    "training.check_every": "stop rule",
    "training.weight_decay": "weight decay",
    "training.augment": "augmentation",
    **dict.fromkeys(
        [
            "training.lr",
            "training.schedule",
            "training.milestones",
            "training.gamma",
            "training.warmup_steps",
        ],
        "learning rate",
    ),
    "tuned": "tuned or fixed hyperparameters",
}
named_aspects = {"data": "data", "model": "model", "training": "optimizer", "start": "start"}
definition = "definition"
kept = "tuned, and every default kept"  # by a sweep in which no point gained more than chance gives
over_a_factor: tuple[type[Any], ...] = (Contrast, Trend, Hump)
compared = {  # kind of a reduction -> what it makes of its numbers
    "Single": "value",
    "Contrast": "two arms",
    "Trend": "trend",
    "Association": "rank correlation",
    "Hump": "hump",
    "Minus": "difference of effects",
    "Size": "size of an effect",
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One aspect in which two settings differ, with what it was before and after."""

    aspect: str
    before: str
    after: str


def settings_of(claim: Claim, cells: Cells, *, swept: Sequence[str] | None = None) -> Values | None:
    """Return the settings under which cells decide a claim; None where they cannot.

    Args:
        claim: whose scope, population and compared arms choose among the cells.
        cells: the factors of each, and its `profile`.
        swept: the factors that a sweep of the suite moves; they are the value of `tuned` where the claim is on tuned
            networks. None where that is not known.
    """
    import pandas as pd

    frame = pd.DataFrame(list(cells))
    try:
        chosen = _compared(claim, _population(claim, frame))
    except (CannotReduce, KeyError):
        return None
    values: dict[str, set[str]] = {}
    for place in chosen.index:
        for name, value in cells[place].items():
            if aspect_of(name):
                values.setdefault(name, set()).add(_plain(name, value))
    if not values:
        return None
    is_tuned = isinstance(claim.population, Mapping) and bool(claim.population.get("tuned"))
    facts = {name: tuple(sorted(texts, key=_by_number)) for name, texts in values.items()}
    return {
        **facts,
        "tuned": _of_sweep(swept) if is_tuned else ("fixed",),
        definition: tuple(_definitions(claim)),
    }


def _of_sweep(swept: Sequence[str] | None) -> tuple[str, ...]:
    return ("tuned",) if swept is None else tuple(swept) or (kept,)


def anywhere(claim: Claim) -> Claim:
    """Return a claim about any data and models: what it would say of records that its scope leaves out."""
    return dataclasses.replace(claim, scope=Scope())


def aspect_of(factor: str) -> str | None:
    """Return what a factor is about; None for seeds and for the suite's own labels."""
    if factor.endswith("_seed") or factor in ("start.cell", "start.parents"):
        return None
    return aspects.get(factor) or named_aspects.get(factor.partition(".")[0])


def differing(before: Values, after: Values) -> list[str]:
    """Return the factors that two settings both have, with other values. One that only one has is told by another."""
    return [name for name in before if name in after and before[name] != after[name]]


def changes(before: Values, after: Values) -> list[Change]:
    """Return what differs between two settings, an entry for each aspect."""
    found: dict[str, list[str]] = {}
    for name in _but_swept(differing(before, after), before, after):
        found.setdefault(definition if name == definition else aspect_of(name) or name, []).append(name)
    return [
        Change(aspect=aspect, before=_words(before, names), after=_words(after, names))
        for aspect, names in found.items()
    ]


def _but_swept(names: Sequence[str], before: Values, after: Values) -> list[str]:
    """Leave out what a sweep moves where one side is tuned and the other is not: these values follow from that."""
    if "tuned" not in names:
        return list(names)
    swept = {*before["tuned"], *after["tuned"]}
    return [name for name in names if name == "tuned" or name not in swept]


def _population(claim: Claim, cells: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    chosen = cells
    for name, factor in SCOPE_COLUMNS.items():
        if wanted := getattr(claim.scope, name):
            chosen = select(chosen, {factor: wanted})
    if isinstance(claim.population, Mapping):
        of_cells = {name: value for name, value in claim.population.items() if name not in of_rows}
        return select(chosen, of_cells)
    try:
        return pd.DataFrame(chosen.loc[claim.population])
    except (KeyError, AttributeError):  # it chooses by the numbers of a measure, which cells do not have
        return chosen


def _compared(claim: Claim, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of the arms that a claim compares: of a smallest and a largest batch those, and none between."""
    contrasts = [part for leg in claim.legs for part in _parts(leg.reduce, Contrast)]
    if not contrasts or len({part.factor for part in contrasts}) > 1:
        return cells
    factor = contrasts[0].factor
    levels = sorted(column(cells, factor).dropna().unique().tolist())
    ends = {"min": levels[0], "max": levels[-1]} if levels else {}
    named = [ends.get(arm, arm) for part in contrasts for arm in (part.first, part.second)]
    return cells[cells[factor].isin(named)]


def _plain(name: str, value: Any) -> str:
    if value is None:
        return "all" if name in ("data.n_train", "data.n_test") else "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _by_number(text: str) -> tuple[float, str]:
    try:
        return float(text), text
    except ValueError:
        return float("inf"), text


def _definitions(claim: Claim) -> Iterator[str]:
    """Name the numbers that a claim reads, and how it compares them."""
    for leg in claim.legs:
        numbers = dict.fromkeys(map(_named, _parts(leg.reduce, Number)))
        parts = [part for kind in over_a_factor for part in _parts(leg.reduce, kind)]
        factors = dict.fromkeys(part.factor for part in parts)
        how = compared.get(type(leg.reduce).__name__, "compared") if numbers else "a rule of its own"
        over = f" over {' and '.join(factors)}" if factors else ""
        yield f"{' and '.join(numbers)} ({how}{over})" if numbers else how


def _parts(whole: Any, kind: type[Part]) -> Iterator[Part]:
    """Yield the parts of a reduction that are of one kind, itself included."""
    if isinstance(whole, kind):
        yield whole
    elif dataclasses.is_dataclass(whole) and not isinstance(whole, type):
        for field in dataclasses.fields(whole):
            yield from _parts(getattr(whole, field.name), kind)


def _named(number: Number) -> str:
    options = ",".join(f"{name}={value}" for name, value in sorted(number.options.items()))
    label = f"{number.measure}[{options}]" if options else number.measure
    where = ", ".join(f"{factor}={level}" for factor, level in number.where.items())
    return " ".join(filter(None, (label, number.quantity, f"at {where}" if where else "")))


def _words(values: Values, names: Sequence[str]) -> str:
    return "; ".join(_fact(name, values[name]) for name in names)


def _fact(name: str, values: Iterable[str]) -> str:
    if name == definition:
        return "; ".join(values)
    if name == "tuned" and "." in "".join(values):
        return f"tuned ({', '.join(value.rpartition('.')[2] for value in values)})"
    text = ", ".join(values)
    return text if name in (*named_aspects, "tuned") else f"{name.rpartition('.')[2]} {text}"
