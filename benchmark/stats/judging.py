"""Records and claims in, verdicts out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmark.stats.claim import Claim
from benchmark.stats.number import COLUMNS, CannotReduce
from benchmark.stats.power import seeds_needed
from benchmark.stats.reading import Reading, read_all
from benchmark.stats.reason import reason_for
from benchmark.stats.sample import Sample, sample
from benchmark.stats.verdict import Outcome, Verdict

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.stats.rule import Floats

FAMILY_LIMIT = 10


def judge(
    frame: pd.DataFrame, claims: Sequence[Claim], *, planned_seeds: Sequence[int] | None = None
) -> list[Verdict]:
    """Decide every claim of a suite on its records; one verdict per claim, in the order of the claims.

    Each seed is reduced to one number per leg, failed seeds are counted (`benchmark.stats.failed`), and the
    rule (`benchmark.stats.rule`) is applied twice: a claim is reproduced if it is with all failures against
    it, and contradicted if it is with all in its favour. A claim that cannot be run keeps its place in the
    Holm family.

    Args:
        frame: tidy records, one row per number. A seed with rows that are missing makes the claim not_run; a
            seed with rows that are there but not done, or not finite, is failed.
        claims: of one suite.
        planned_seeds: the seeds that should be there, no others are looked at; by default those of the
            population.

    Raises:
        ValueError: columns are missing, ids repeat, or a family has more than ten confirmatory claims.

    >>> import pandas as pd
    >>> from benchmark.stats.judging import judge
    >>> from benchmark.stats.reduce import difference
    >>> from benchmark.stats.table import Effect, claim, greater
    >>> rows = [{"label": "test_error", "quantity": "value", "index": "", "seed": seed, "status": "done",
    ...          "width": width, "value": error + 0.01 * (seed % width)}
    ...         for seed in range(10) for width, error in ((2, 0.3), (8, 0.1))]
    >>> narrow_minus_wide = difference("test_error", factor="width", first="min", second="max")
    >>> wide = claim("X.C1", "Wide networks err less", greater(narrow_minus_wide, Effect(0.02, "error")), source="...")
    >>> [verdict] = judge(pd.DataFrame(rows), [wide])
    >>> verdict.outcome, round(verdict.effect, 3), verdict.p_value == 2**-10
    ('reproduced', 0.176, True)
    """
    _check(frame, claims)
    samples = [_sample_or_refusal(frame, claim, planned_seeds) for claim in claims]
    usable = [found if isinstance(found, Sample) else None for found in samples]
    worst, best = (read_all(claims, usable, against=against) for against in (True, False))
    sizes = Counter(claim.family for claim in claims if claim.corrected)
    return [
        _verdict(claim, found, worst[i], best[i], family_size=sizes[claim.family] if claim.corrected else 1)
        if isinstance(found, Sample)
        else _refused(claim, found)
        for i, (claim, found) in enumerate(zip(claims, samples, strict=True))
    ]


def _check(frame: pd.DataFrame, claims: Sequence[Claim]) -> None:
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise ValueError(f"the records lack the columns {missing}; a table needs {list(COLUMNS)}")
    twice = [name for name, count in Counter(claim.id for claim in claims).items() if count > 1]
    if twice:
        raise ValueError(f"claim ids {twice} are used more than once; ids are unique in a suite")
    for family, size in Counter(claim.family for claim in claims if claim.corrected).items():
        if size > FAMILY_LIMIT:
            raise ValueError(
                f"family {family} has {size} confirmatory claims, at most {FAMILY_LIMIT} are allowed; "
                "make some exploratory, or put later claims into a new family"
            )


def _sample_or_refusal(
    frame: pd.DataFrame, claim: Claim, planned: Sequence[int] | None
) -> Sample | CannotReduce:
    try:
        return sample(frame, claim, planned)
    except CannotReduce as refusal:
        return refusal
    except Exception as problem:  # one broken claim must not cost the verdicts of the others
        return CannotReduce("error", f"{type(problem).__name__}: {problem}")


def _refused(claim: Claim, refusal: CannotReduce) -> Verdict:
    return Verdict(
        claim=claim.id,
        outcome="not_run",
        reason=refusal.reason,
        message=str(refusal),
        confirmatory=claim.confirmatory,
    )


def _verdict(claim: Claim, found: Sample, worst: Reading, best: Reading, *, family_size: int) -> Verdict:
    outcome, reading = _ruled(worst, best)
    evidence, leg_index = reading.evidence, int(reading.evidence.leg)
    leg = claim.legs[leg_index]
    tested = any(one.direction != "identity" for one in claim.legs)
    n = found.values.shape[1]
    known = found.n_failed < n  # were all seeds failed, the numbers would be nothing but stand-ins
    needed = seeds_needed(reading.values[leg_index], leg, family_size=family_size) if known else None
    return Verdict(
        claim=claim.id,
        outcome=outcome,
        reason=reason_for(outcome, worst, best, leg, family_size=family_size, all_failed=not known),
        message=_each_leg(claim, reading) if len(claim.legs) > 1 else "",
        confirmatory=claim.confirmatory,
        effect=_finite(evidence.effect) if known else None,
        low=_finite(evidence.low) if known else None,
        high=_finite(evidence.high) if known else None,
        p_value=float(evidence.p_for) if tested else None,
        p_adjusted=reading.p_adjusted if tested else None,
        smallest_p=float(evidence.smallest_p) if tested else None,
        n=n,
        n_failed=found.n_failed,
        n_needed=needed if outcome == "inconclusive" else None,
        scope=found.scope,
    )


def _ruled(worst: Reading, best: Reading) -> tuple[Outcome, Reading]:
    """Failures can stop a verdict, never make one."""
    if best.outcome == "contradicted":
        return "contradicted", best
    return ("reproduced" if worst.outcome == "reproduced" else "inconclusive"), worst


def _each_leg(claim: Claim, reading: Reading) -> str:
    return "; ".join(
        f"leg {i} ({leg.direction}): {one.effect:.4g} [{one.low:.4g}, {one.high:.4g}], p = {one.p_for:.2g}"
        for i, (leg, one) in enumerate(zip(claim.legs, reading.legs, strict=True), start=1)
    )


def _finite(number: Floats) -> float | None:
    return float(number) if math.isfinite(number) else None
