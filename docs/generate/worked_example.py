"""A verdict taken apart, with the numbers of a published result, for the page about verdicts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.report.words import wording
from benchmark.report.words.numbers import as_factor, estimate, number
from benchmark.results import records as tidy
from benchmark.results.published import Published
from benchmark.stats.claim import Claim
from benchmark.stats.number import select
from benchmark.stats.reduction import Contrast
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import find
from docs.generate.templates import render

suite, claim_id = "batch_size_sharpness", "S1.C1-digits-lambda_max"
place = re.compile(r"(<!-- example: .*? -->\n).*?(<!-- end of example -->)", re.DOTALL)


def filled_in(text: str, workspace: Workspace, known: Sequence[Published]) -> str:
    """Return the page about verdicts with the example as published; it says so where nothing is."""
    decided = [one for one in known if one.verdicts.get(suite, {}).get(claim_id, {}).get("n")]
    example = _example(decided[0], workspace) if decided else "Nothing published decides this claim yet.\n"
    filled, n = place.subn(lambda found: f"{found[1]}\n{example}\n{found[2]}", text)
    if n != 1:
        raise ValueError(f"expected one place for the example on the page about verdicts, found {n}")
    return filled


def _example(one: Published, workspace: Workspace) -> str:
    claim = next(c for c in find(suite, workspace.suites).claims if c.id == claim_id)
    verdict = one.verdicts[suite][claim_id]
    seeds, arms = _by_seed(one, claim)
    ratios = np.log(arms[:, 1] / arms[:, 0])
    effect, interval = estimate(verdict["effect"], verdict["low"], verdict["high"])
    return render(
        "worked_example.md",
        claim=claim,
        name=one.name,
        outcome=wording.outcomes[verdict["outcome"]],
        verdict=verdict,
        rule=wording.rule_in_words(claim),
        rows=[
            (seed, number(small), number(large), number(ratio))
            for seed, (small, large), ratio in zip(seeds, arms, ratios, strict=True)
        ],
        n_positive=int((ratios > 0).sum()),
        effect=effect,
        interval=interval,
        factor=as_factor(verdict["effect"]),
        factor_low=as_factor(verdict["low"]),
        factor_high=as_factor(verdict["high"]),
        least=number(claim.leg.smallest_effect),
        least_factor=as_factor(claim.leg.smallest_effect),
        n_patterns=2 ** verdict["n"],
        p_value=number(verdict["p_value"], 2),
        p_adjusted=number(verdict["p_adjusted"], 2),
    )


def _by_seed(one: Published, claim: Claim) -> tuple[list[int], NDArray[np.float64]]:
    """Return the seeds, and the value at the smallest and the largest batch for each, shape (seeds, 2)."""
    reduction: Any = claim.leg.reduce
    assert isinstance(reduction, Contrast), f"{claim.id} no longer contrasts two arms; choose another example"
    frame = tidy.read(one.path / "results" / suite / "records.parquet")
    assert isinstance(claim.population, Mapping)
    rows = reduction.number.rows(select(frame, claim.population))
    table = rows.pivot(index="seed", columns=reduction.factor, values="value").sort_index()
    ends = [table.columns.min(), table.columns.max()]
    return [int(seed) for seed in table.index], table[ends].to_numpy(dtype=float)
