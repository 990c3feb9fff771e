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
        if not self.unit.strip():
            raise ValueError("unit is empty; name what the effect is counted in")
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
        legs: what must hold, the claim's own leg first; of a conjunction all, and the largest p-value counts.
        source: paper and section, table or figure.
        evidence: how the paper's number is known: "read", "secondary" or "memory".
        paper_value: the paper's number with its unit, as text.
        scope: what can decide it; rows outside are not looked at.
        population: which rows take part: factor -> value or tuple of values, or a callable as in
            `frame.loc[callable]`. The place to ask for fitted runs only: `{"status": "done"}`.
        confirmatory: whether it is one of the at most ten of its family; exploratory claims are not
            corrected.
        family: claims frozen together; claims added later form a new family.
        of: id of the paper's claim that this one is an analogue of; "" where it is none.
        tuned_of: id of the claim that this one says again of networks at tuned hyperparameters; "" where it is of
            fixed ones. Both relations are said here, and never read out of the text of an id.

    >>> from benchmark.stats.claim import Claim
    >>> from benchmark.stats.reduce import difference
    >>> from benchmark.stats.table import Effect, less
    >>> wide_minus_narrow = difference("test_error", factor="width", first="max", second="min")
    >>> claim = Claim(id="X.C1-digits", of="X.C1", statement="The widest network errs less than the narrowest",
    ...               legs=(less(wide_minus_narrow, Effect(0.02, "error")),), source="a paper, table 1",
    ...               population={"arm": "width"})
    >>> claim.root, claim.corrected, claim.unit
    ('X.C1', True, 'error')

    `benchmark.stats.table` says many of them in a line or two each.
    """

    id: str
    statement: str
    legs: tuple[Leg, ...]
    source: str
    evidence: EvidenceKind = "memory"
    paper_value: str = ""
    scope: Scope = field(default_factory=Scope)
    population: Population = field(default_factory=dict)
    confirmatory: bool = True
    family: int = 1
    of: str = ""
    tuned_of: str = ""

    def __post_init__(self) -> None:
        for name in ("id", "statement", "source"):
            if not getattr(self, name).strip():
                raise ValueError(f"Claim {self.id!r}: {name} is empty; say it in words")
        if not self.legs:
            raise ValueError(f"Claim {self.id!r}: legs is empty; give what must hold")
        if self.evidence not in get_args(EvidenceKind):
            raise ValueError(
                f"Claim {self.id!r}: evidence={self.evidence!r}; use one of {get_args(EvidenceKind)}"
            )
        if self.family < 1:
            raise ValueError(f"Claim {self.id!r}: family={self.family!r}; families count from 1")

    @property
    def leg(self) -> Leg:
        """The claim's own leg, the first, whose effect stands in tables."""
        return self.legs[0]

    @property
    def unit(self) -> str:
        """The unit of that effect."""
        return self.leg.unit

    @property
    def root(self) -> str:
        """The id of the paper's claim that it is about, its own where it is no analogue."""
        return self.of or self.id

    @property
    def corrected(self) -> bool:
        """Whether the claim takes part in Holm: confirmatory, and not an exact identity."""
        return self.confirmatory and any(leg.direction != "identity" for leg in self.legs)
