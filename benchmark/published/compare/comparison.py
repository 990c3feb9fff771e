"""Hold two results against each other: number by number, verdict by verdict, and where they come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmark.published.compare import curve_by_curve as curves
from benchmark.published.compare import number_by_number as numbers
from benchmark.published.compare import provenances as origin
from benchmark.published.compare import verdict_by_verdict as verdicts
from benchmark.published.compare.aligned import Table, Turned, aligned, named, read
from benchmark.published.compare.rests_on import same_cells
from benchmark.published.compare.source import Source
from benchmark.stats.claim import Claim


@dataclass(frozen=True, kw_only=True)
class Only:
    """Arms of a suite that one side alone has, by name."""

    suite: str
    a: tuple[str, ...]
    b: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Knob:
    """A factor of a suite that is another on each side, in arms that are held against each other all the same."""

    suite: str
    factor: Turned


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything that is known of two sides.

    Attributes:
        a, b: what they are called.
        margin: in units of the seed noise; what is shown to be closer is the same.
        suites: those that both have; `only_a` and `only_b` are not compared.
        numbers, curves, verdicts, origins: see the modules of these names.
        arms: by suite, those of one side alone.
        turned: what is another in arms that are compared.
    """

    a: str
    b: str
    margin: float
    suites: tuple[str, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    numbers: tuple[numbers.Number, ...]
    curves: tuple[curves.Curve, ...]
    verdicts: tuple[verdicts.Pair, ...]
    origins: tuple[origin.Difference, ...]
    arms: tuple[Only, ...]
    turned: tuple[Knob, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many numbers have each outcome."""
        return Counter(one.outcome for one in self.numbers)

    @property
    def is_different(self) -> bool:
        """Whether some number differs, or some verdict is another by more than other seeds explain."""
        return self.counts["different"] > 0 or any(pair.is_different for pair in self.verdicts)


def compare(
    a: Source, b: Source, *, margin: float, claims: Mapping[str, Sequence[Claim]] | None = None
) -> Comparison:
    """Compare two sides in every suite that both have.

    Args:
        a: one side.
        b: the other.
        margin: in units of the seed noise.
        claims: by suite, as far as they are known here; they say on which networks a verdict rests.

    Raises:
        SchemaError: a table is none of records.
    """
    shared = tuple(sorted(set(a.suites) & set(b.suites)))
    found: list[numbers.Number] = []
    drawn: list[curves.Curve] = []
    judged: list[verdicts.Pair] = []
    single: list[Only] = []
    knobs: list[Knob] = []
    for suite in shared:
        left, right, turned = aligned(read(a.suites[suite]), read(b.suites[suite]))
        knobs += [Knob(suite=suite, factor=one) for one in turned]
        found += numbers.compare(suite, left, right, margin=margin)
        drawn += curves.compare(suite, left, right)
        known = {claim.id: claim for claim in (claims or {}).get(suite, ())}
        judged += _verdicts(suite, (a, b), (left, right), known=known)
        names, arms_a, arms_b = named(left.arms), set(left.rows["arm"]), set(right.rows["arm"])
        only_a, only_b = (
            tuple(names[arm] for arm in sorted(arms)) for arms in (arms_a - arms_b, arms_b - arms_a)
        )
        single += [Only(suite=suite, a=only_a, b=only_b)] if only_a or only_b else []
    return Comparison(
        a=a.name,
        b=b.name,
        margin=margin,
        suites=shared,
        only_a=tuple(sorted(set(a.suites) - set(shared))),
        only_b=tuple(sorted(set(b.suites) - set(shared))),
        numbers=tuple(numbers.decide(found, margin=margin)),
        curves=tuple(drawn),
        verdicts=tuple(judged),
        origins=tuple(origin.compare(a.suites, b.suites)),
        arms=tuple(single),
        turned=tuple(knobs),
    )


def _verdicts(
    suite: str, sides: tuple[Source, Source], tables: tuple[Table, Table], *, known: Mapping[str, Claim]
) -> Iterator[verdicts.Pair]:
    a, b = (side.suites[suite] for side in sides)
    return verdicts.compare(
        suite, a, b, on_same_cells=lambda claim: same_cells(known.get(claim), a, b, tables)
    )
