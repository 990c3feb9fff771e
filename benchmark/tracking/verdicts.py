"""What MLflow shows of the verdicts, on the run of the suite. No MLflow in here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Verdicts = Mapping[str, Mapping[str, Any]]  # claim id -> entry of verdicts.json

prefix = "verdict."
longest_note = 8000
shown = (("effect", "effect"), ("low", "low"), ("high", "high"), ("p", "p_value"))


def metrics(verdicts: Verdicts) -> dict[str, float]:
    """Return `S1.C1/effect`, `/low`, `/high` and `/p` of the claims that have them."""
    return {
        f"{claim}/{name}": float(verdict[field])
        for claim, verdict in verdicts.items()
        for name, field in shown
        if verdict.get(field) is not None and math.isfinite(verdict[field])
    }


def tags(verdicts: Verdicts) -> dict[str, str]:
    """Return `verdict.S1.C1` -> outcome, of the claims that were decided."""
    return {f"{prefix}{claim}": str(verdict["outcome"]) for claim, verdict in _decided(verdicts).items()}


def note(verdicts: Verdicts, command: str) -> str:
    """Return the description of the run, its command and a line for each decided claim, in Markdown."""
    decided = _decided(verdicts)
    lines = [f"`{command}`", "", *(_line(claim, verdict) for claim, verdict in decided.items())]
    n_other = len(verdicts) - len(decided)
    lines += (
        ["", f"{n_other} {'claim was' if n_other == 1 else 'claims were'} not run here."] if n_other else []
    )
    return "\n".join(lines)[:longest_note]


def _decided(verdicts: Verdicts) -> Verdicts:
    return {claim: verdict for claim, verdict in verdicts.items() if verdict["outcome"] != "not_run"}


def _line(claim: str, verdict: Mapping[str, Any]) -> str:
    effect, low, high = (verdict.get(name) for name in ("effect", "low", "high"))
    interval = "" if low is None or high is None else f" ({low:.3g} to {high:.3g})"
    found = str(verdict.get("reason") or "") if effect is None else f"effect {effect:.3g}{interval}"
    return f"* **{claim} {verdict['outcome']}**, {found}: {verdict.get('statement') or ''}"
