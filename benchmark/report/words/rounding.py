"""What `lossbench check --twins` left beside a suite's tables, in words: how far rounding moves cells and claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.report.words.numbers import number

Twins = Mapping[str, Any]


def of_this_code(content: Twins, provenance: Mapping[str, Any]) -> Twins:
    """Return twins of cells in the tables, made by the same code; else nothing."""
    keys = {cell.get("key") for cell in content.get("cells", ())}
    is_same = content.get("code") == provenance.get("code") and keys <= set(provenance.get("cells", ()))
    return content if is_same else {}


def in_words(twins: Twins) -> str:
    """Return how far cells and their twins end apart; empty where they were not trained."""
    if not twins:
        return ""
    distances = [float(cell["distance"]) for cell in twins["cells"]]
    seeds = twins["seeds"]
    which = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds"
    return (
        f"trained again from weights one rounding apart ({twins['precision']}, {which}), the cells' final weights "
        f"differ by at most {number(max(distances), 2)} of their norm"
    )


def of_claim(twins: Twins, claim: str) -> str:
    """Return how much of a claim's interval is rounding; empty where it is not known."""
    found = twins.get("claims", {}).get(claim)
    if not found or not isinstance(found["share"], (int, float)):
        return ""
    n_seeds = len(twins["seeds"])
    share = (
        f"{number(100 * found['share'], 2)} % of the interval, on {n_seeds} seed{'s' if n_seeds > 1 else ''}"
    )
    if found["outcome"] == found["twin_outcome"]:
        return share
    return f"{share}; on the twins it comes out {found['twin_outcome']}"
