"""Claims decided on a table that other code made, where a family of them may be judged in part only."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from benchmark.stats.claim import Claim
from benchmark.stats.judging import judge
from benchmark.stats.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd

asked_by = "judged for the claim"  # the column that says which claim a copy of the table is for


def judge_external(frame: pd.DataFrame, claims: Sequence[Claim]) -> list[Verdict]:
    """Decide claims of one suite on a table that other code made.

    Columns that the table lacks are taken to say what a claim is about: whoever offers a table of VGG-9 on CIFAR-10
    for that claim need not repeat it in every row. What the claim compares must be there.

    Holm's correction is over the confirmatory claims of a family that are judged together here. Of a family of which
    one alone is judged no p-value is adjusted, and `p_adjusted` is None.
    """
    import pandas as pd

    tables = [_completed(frame, claim).assign(**{asked_by: claim.id}) for claim in claims]
    verdicts = judge(pd.concat(tables, ignore_index=True), [_on_its_own_rows(claim) for claim in claims])
    together = [n_together(claim, claims) for claim in claims]
    return [
        verdict if n > 1 else dataclasses.replace(verdict, p_adjusted=None)
        for verdict, n in zip(verdicts, together, strict=True)
    ]


def n_together(claim: Claim, claims: Sequence[Claim]) -> int:
    """Return how many confirmatory claims of a claim's family are among `claims`; 0 where it is not corrected."""
    return sum(one.corrected and one.family == claim.family for one in claims) if claim.corrected else 0


def correction(claim: Claim, judged: Sequence[Claim], suite: Sequence[Claim]) -> str:
    """Say which correction for several claims stands in the p-value of one.

    Args:
        claim: one of `judged`.
        judged: the claims that were judged together.
        suite: all claims of its suite.
    """
    if not claim.corrected:
        return (
            "there is none of an identity" if claim.confirmatory else "unadjusted, for they are exploratory"
        )
    n, size = n_together(claim, judged), n_together(claim, suite)
    family = f"{size} confirmatory claims of family {claim.family}"
    if n == size:
        return "the only confirmatory claim of its family" if n == 1 else f"Holm over all {family}"
    what = f"unadjusted, for 1 of {family} was judged" if n == 1 else f"Holm over {n} of {family}"
    return f"{what}; judge all that the table can decide at once, by --claim"


def _completed(frame: pd.DataFrame, claim: Claim) -> pd.DataFrame:
    about = {"data": claim.scope.data, "model": claim.scope.models, "profile": claim.scope.profiles}
    stated = {name: values[0] for name, values in about.items() if values and _unsaid(frame, name)}
    if isinstance(claim.population, Mapping):
        fixed = {name: value for name, value in claim.population.items() if not isinstance(value, tuple)}
        stated |= {name: value for name, value in fixed.items() if _unsaid(frame, name)}
    return frame.assign(**stated).drop(
        columns="factors", errors="ignore"
    )  # which are columns of their own by now


def _unsaid(frame: pd.DataFrame, column: str) -> bool:
    return column not in frame.columns or (column == "profile" and set(frame[column]) == {"external"})


def _on_its_own_rows(claim: Claim) -> Claim:
    """Return a claim that looks at its own copy of the table alone."""
    if isinstance(claim.population, Mapping):
        return dataclasses.replace(claim, population={**claim.population, asked_by: claim.id})
    chosen = claim.population

    def among(rows: pd.DataFrame) -> pd.Index:
        own = rows[rows[asked_by] == claim.id]
        return own.loc[chosen].index

    return dataclasses.replace(claim, population=among)
