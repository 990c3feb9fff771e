"""Claims as a table: what is said, the legs that must hold, and the places where it is judged.

A row is said once. In every place it becomes a claim of its own (`S3.C1-digits`), another on tuned networks where the
row asks for one (`S3.C1-digits-tuned`, in a family of its own), and a matrix of the row's definitions over the place's
columns. A claim that is judged in one place only is said by `claim`.

>>> from benchmark.stats.claim import Scope
>>> from benchmark.stats.reduce import difference
>>> from benchmark.stats.table import Effect, Place, greater, judged_in, row, tuned_in
>>> gain = difference("test_error", factor="width", first="min", second="max")
>>> rows = (row("X.C1", "wide networks err less", greater(gain, Effect(0.02, "error")), source="a paper, table 1",
...             arm="width", tuned=True),)
>>> digits = Place(suffix="digits", where="Digits, MLP", scope=Scope(data=("Digits",)), family=1, tuned_family=2)
>>> for made in (*judged_in(digits, rows), *tuned_in(digits, rows, words="With tuned rates")):
...     print(f"{made.id}: {made.statement} {made.population}")
X.C1-digits: Digits, MLP: wide networks err less {'arm': 'width'}
X.C1-digits-tuned: With tuned rates: Digits, MLP: wide networks err less {'tuned': True}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from benchmark.stats.claim import Claim, Direction, EvidenceKind, Example, Leg, Population, Reduce, Scope
from benchmark.stats.matrix import DefinitionMatrix
from benchmark.stats.number import Number

Definitions = Mapping[str, tuple[Leg, ...]]


@dataclass(frozen=True)
class Effect:
    """The smallest effect that matters, its unit, and the range of the statistic where it is bounded; see `Leg`."""

    size: float
    unit: str
    bounds: tuple[float, float] | None = None


def greater(reduce: Reduce, effect: Effect, *, example: Example | None = None) -> Leg:
    """Return the leg "above 0"."""
    return _leg("greater", reduce, effect, example)


def less(reduce: Reduce, effect: Effect, *, example: Example | None = None) -> Leg:
    """Return the leg "below 0"."""
    return _leg("less", reduce, effect, example)


def equal(reduce: Reduce, effect: Effect, *, example: Example | None = None) -> Leg:
    """Return the leg "within the effect of 0"."""
    return _leg("equal", reduce, effect, example)


def identity(reduce: Reduce, effect: Effect) -> Leg:
    """Return the leg "in every seed within the effect of 0"."""
    return _leg("identity", reduce, effect)


def _leg(direction: Direction, reduce: Reduce, effect: Effect, example: Example | None = None) -> Leg:
    return Leg(
        reduce=reduce,
        direction=direction,
        smallest_effect=effect.size,
        unit=effect.unit,
        bounds=effect.bounds,
        example=example,
    )


def at(number: Number, **where: Any) -> Number:
    """Return the number where factors have certain levels."""
    return replace(number, where={**number.where, **where})


def claim(name: str, statement: str, *legs: Leg, source: str, paper: str = "", **facts: Any) -> Claim:
    """Return one claim by its id, its statement and what must hold; `facts` are further fields of `Claim`.

    Args:
        name: its id.
        statement: one sentence.
        legs: what must hold; the first is the claim's own.
        source: where it stands.
        paper: the paper's number.
        facts: such as `evidence`, `scope`, `population` and `family`.
    """
    return Claim(id=name, statement=statement, legs=legs, source=source, paper_value=paper, **facts)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Data and networks, other than a paper's, where rows are judged.

    Attributes:
        suffix: goes on with the ids: "digits" makes `S3.C1-digits`.
        where: begins the statements: "Digits, MLP".
        scope: what can decide the claims.
        population: what their rows have in common, the arm aside: factor -> value.
        columns: of definition matrices: by name, what chooses rows in place of an arm.
        family: of the claims at fixed hyperparameters.
        tuned_family: of those at tuned ones.
    """

    suffix: str
    where: str
    scope: Scope
    population: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    family: int
    tuned_family: int = 0


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is claimed, whatever the place.

    Attributes:
        id: of the paper's claim, such as "S3.C4".
        ending: tells rows about one claim of the paper apart: "loss" makes `S3.C4-digits-loss`.
        statement, legs, source, paper, evidence, confirmatory: see `claim`.
        arm: whose rows take part; None where the arm does not matter.
        among: what else they have: factor -> value or tuple of values.
        population: which rows take part, in place of arm, `among` and what the place says.
        tuned: whether it is claimed of networks at tuned hyperparameters, too.
        definitions: by name, the legs that take the place of these in a matrix; empty for no matrix.
    """

    id: str
    ending: str = ""
    statement: str
    legs: tuple[Leg, ...]
    source: str
    paper: str = ""
    evidence: EvidenceKind = "memory"
    confirmatory: bool = True
    arm: Any = None
    among: Mapping[str, Any] = field(default_factory=dict)
    population: Population | None = None
    tuned: bool = False
    definitions: Definitions = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.population is not None and (
            self.tuned or self.definitions or self.among or self.arm is not None
        ):
            raise ValueError(
                f"row {self.id!r} has a population of its own, which takes the place of arm and among, and so no tuned "
                "claim and no matrix; choose its rows by arm and among alone"
            )


def row(name: str, statement: str, *legs: Leg, **facts: Any) -> Row:
    """Return a row by its id, its statement and what must hold; `facts` are further fields of `Row`."""
    return Row(id=name, statement=statement, legs=legs, **facts)


def judged_in(place: Place, rows: Iterable[Row]) -> tuple[Claim, ...]:
    """Return the rows as claims of a place."""
    return tuple(_judged(place, one) for one in rows)


def tuned_in(place: Place, rows: Iterable[Row], *, words: str) -> tuple[Claim, ...]:
    """Return the rows that are claimed of tuned networks as claims of a place, whose statements begin with `words`."""
    return tuple(_tuned(place, one, words) for one in rows if one.tuned)


def matrices_in(place: Place, rows: Iterable[Row]) -> tuple[DefinitionMatrix, ...]:
    """Return the matrices of the rows that have definitions."""
    return tuple(
        DefinitionMatrix(
            claim=_name(place, one),
            rows=one.definitions,
            columns={name: _chosen(place, one, by) for name, by in place.columns.items()},
        )
        for one in rows
        if one.definitions
    )


def _judged(place: Place, one: Row) -> Claim:
    by_arm = {} if one.arm is None else {"arm": one.arm}
    return claim(
        _name(place, one),
        f"{place.where}: {one.statement}",
        *one.legs,
        source=one.source,
        paper=one.paper,
        evidence=one.evidence,
        confirmatory=one.confirmatory,
        scope=place.scope,
        population=_chosen(place, one, by_arm) if one.population is None else one.population,
        family=place.family,
        of=one.id,
    )


def _tuned(place: Place, one: Row, words: str) -> Claim:
    fixed = _judged(place, one)
    if not place.tuned_family:
        raise ValueError(
            f"row {one.id!r} is claimed of tuned networks, too; give Place({place.suffix!r}) a tuned_family"
        )
    return replace(
        fixed,
        id=f"{fixed.id}-tuned",
        statement=f"{words}: {fixed.statement}",
        population=_chosen(place, one, {"tuned": True}),
        family=place.tuned_family,
        tuned_of=fixed.id,
    )


def _name(place: Place, one: Row) -> str:
    return "-".join(filter(None, (one.id, place.suffix, one.ending)))


def _chosen(place: Place, one: Row, by: Mapping[str, Any]) -> dict[str, Any]:
    return {**by, **place.population, **one.among}
