"""A claim of a paper, in the form in which records can decide it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import pandas as pd

Direction = Literal["greater", "less", "equal", "identity"]
EvidenceKind = Literal["read", "secondary", "memory"]
Reduce = Callable[["pd.DataFrame"], float]
Population = Mapping[str, Any] | Callable[["pd.DataFrame"], Any]
Example = Callable[[float], "pd.DataFrame"]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Names of the data, models and profiles that can decide a claim (or did decide it). Empty: any."""

    data: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("data", "models", "profiles"):
            if isinstance(getattr(self, name), str):
                raise ValueError(
                    f"Scope.{name}={getattr(self, name)!r} is one string; write a tuple of names"
                )


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One number per seed and what it should show. A claim has one leg; a conjunction has several.

    Attributes:
        reduce: the rows of one seed to one number; see `benchmark.stats.reduce`. A plain function is taken
            to read every row of the population.
        direction: "greater" (than 0), "less" (than 0), "equal" (within +-smallest_effect of 0), or
            "identity" (every seed within +-smallest_effect of 0: exact, outside Holm).
        smallest_effect: the smallest effect that matters, positive, in `unit`; the margin of "equal", the
            tolerance (zero allowed) of "identity".
        unit: of the effect, e.g. "log ratio", "nats", "tau".
        bounds: range of a bounded statistic, e.g. (-1, 1) of a tau; (-inf, inf) for one that is only tied;
            None for a continuous one. Decides the interval, and what a failed seed counts as.
        example: rows of one seed that reduce to a given effect; only for the contract test, and only where
            `reduce` is a plain function.
    """

    reduce: Reduce
    direction: Direction
    smallest_effect: float
    unit: str
    bounds: tuple[float, float] | None = None
    example: Example | None = None

    def __post_init__(self) -> None:
        if self.direction not in get_args(Direction):
            raise ValueError(f"direction={self.direction!r}; use one of {get_args(Direction)}")
        if not (self.smallest_effect > 0 or (self.direction == "identity" and self.smallest_effect == 0)):
            raise ValueError(
                f"smallest_effect={self.smallest_effect!r} with direction={self.direction!r}; "
                "give the smallest effect that matters as a positive number, also for 'less'"
            )
        if self.bounds is not None and not self.bounds[0] < self.bounds[1]:
            raise ValueError(f"bounds={self.bounds!r}; give (low, high) with low < high")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a paper says, where its number stands, and how records decide it; fixed before the data.

    Attributes:
        id: stable, e.g. "S1.C1"; an analogue on other data has its own, e.g. "S1.C1-digits".
        statement: one sentence.
        source: paper and section, table or figure.
        evidence: how the paper's number is known: "read", "secondary" or "memory".
        paper_value: the paper's number with its unit, as text.
        scope: what can decide it; rows outside are not looked at.
        population: which rows take part: factor -> value or tuple of values, or a callable as in
            `frame.loc[callable]`. The place to ask for fitted runs only: `{"status": "done"}`.
        reduce, direction, smallest_effect, unit, bounds, example: the first leg, see `Leg`.
        also: further legs of a conjunction; all must hold, and the largest p-value counts.
        confirmatory: whether it is one of the at most ten of its family; exploratory claims are not
            corrected.
        family: claims frozen together; claims added later form a new family.
        of: id of the paper's claim that this one is an analogue of; "" where it is none.
        tuned_of: id of the claim that this one says again of networks at tuned hyperparameters; "" where it is of
            fixed ones. Both relations are said here, and never read out of the text of an id.

    >>> from benchmark.stats.claim import Claim
    >>> from benchmark.stats.reduce import difference
    >>> claim = Claim(id="X.C1-digits", of="X.C1", statement="The widest network errs less than the narrowest",
    ...               source="a paper, table 1", evidence="memory", paper_value="", population={"arm": "width"},
    ...               reduce=difference("test_error", factor="width", first="max", second="min"),
    ...               direction="less", smallest_effect=0.02, unit="error", confirmatory=True)
    >>> claim.root, claim.corrected, len(claim.legs)
    ('X.C1', True, 1)

    `benchmark.stats.table` says the same in a line or two.
    """

    id: str
    statement: str
    source: str
    evidence: EvidenceKind
    paper_value: str
    scope: Scope = field(default_factory=Scope)
    population: Population = field(default_factory=dict)
    reduce: Reduce
    direction: Direction
    smallest_effect: float
    unit: str
    bounds: tuple[float, float] | None = None
    example: Example | None = None
    also: tuple[Leg, ...] = ()
    confirmatory: bool
    family: int = 1
    of: str = ""
    tuned_of: str = ""

    def __post_init__(self) -> None:
        for name in ("id", "statement", "source", "unit"):
            if not getattr(self, name).strip():
                raise ValueError(f"Claim {self.id!r}: {name} is empty; say it in words")
        if self.evidence not in get_args(EvidenceKind):
            raise ValueError(
                f"Claim {self.id!r}: evidence={self.evidence!r}; use one of {get_args(EvidenceKind)}"
            )
        if self.family < 1:
            raise ValueError(f"Claim {self.id!r}: family={self.family!r}; families count from 1")
        try:
            _ = self.legs
        except ValueError as problem:
            raise ValueError(f"Claim {self.id!r}: {problem}") from None

    @property
    def root(self) -> str:
        """The id of the paper's claim that it is about, its own where it is no analogue."""
        return self.of or self.id

    @property
    def legs(self) -> tuple[Leg, ...]:
        """All that must hold, the claim's own leg first."""
        own = Leg(
            reduce=self.reduce,
            direction=self.direction,
            smallest_effect=self.smallest_effect,
            unit=self.unit,
            bounds=self.bounds,
            example=self.example,
        )
        return (own, *self.also)

    @property
    def corrected(self) -> bool:
        """Whether the claim takes part in Holm: confirmatory, and not an exact identity."""
        return self.confirmatory and any(leg.direction != "identity" for leg in self.legs)
