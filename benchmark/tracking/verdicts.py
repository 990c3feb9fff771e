"""What MLflow shows of the verdicts, on the run of the suite."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.tracking.tracker import Tracker

Verdicts = Mapping[str, Mapping[str, Any]]  # claim id -> entry of verdicts.json

prefix = "verdict."
longest_note = 8000
order = "reproduced contradicted inconclusive not_run"
shown = ("effect", "p_value")  # as sections: a chart of all claims each


def describe(
    tracker: Tracker, content: Mapping[str, Any], provenance: Mapping[str, Any], report: Path | None
) -> None:
    """Set what is known of a suite as a whole on its run.

    Args:
        tracker: of that run.
        content: of verdicts.json; empty before it is judged.
        provenance: of its run.
        report: its page in the report.
    """
    judged: Verdicts = content.get("verdicts") or {}
    counts = ", ".join(f"{n} {status}" for status, n in sorted((provenance.get("by_status") or {}).items()))
    said = {"cells": counts, "report": "" if report is None else str(report)}
    command = str(provenance.get("command") or f"lossbench run {provenance['suite']}")
    said["mlflow.note.content"] = note(judged, command, said["report"])
    every = tags(judged) | {name: value for name, value in said.items() if value}
    config = {name: json.dumps(value) for name, value in (provenance.get("config") or {}).items()}
    tracker.describe(metrics(judged), every, params=config, owned=prefix)


def metrics(verdicts: Verdicts) -> dict[str, float]:
    """Return `effect/S1.C1` and `p_value/S1.C1` of the claims that have them."""
    return {
        f"{field}/{claim}": float(verdict[field])
        for claim, verdict in verdicts.items()
        for field in shown
        if verdict.get(field) is not None and math.isfinite(verdict[field])
    }


def tags(verdicts: Verdicts) -> dict[str, str]:
    """Return `verdict.S1.C1` -> outcome, of the claims that were decided."""
    return {f"{prefix}{claim}": str(verdict["outcome"]) for claim, verdict in _decided(verdicts).items()}


def note(verdicts: Verdicts, command: str, report: str = "") -> str:
    """Return the description of the run, in Markdown: its command, its report, a line for each decided claim."""
    decided = _decided(verdicts)
    outcomes = Counter(str(verdict["outcome"]) for verdict in verdicts.values())
    ordered = sorted(outcomes.items(), key=lambda item: (order.find(item[0]), item[0]))
    found = ", ".join(f"{n} {outcome.replace('_', ' ')}" for outcome, n in ordered) or "not judged yet"
    said = f"`{command}`" + (f", report: `{report}`" if report else "")
    lines = [
        f"Claims: {found}.",
        "",
        said,
        "",
        *(_line(claim, verdict) for claim, verdict in decided.items()),
    ]
    return "\n".join(lines)[:longest_note]


def _decided(verdicts: Verdicts) -> Verdicts:
    return {claim: verdict for claim, verdict in verdicts.items() if verdict["outcome"] != "not_run"}


def _line(claim: str, verdict: Mapping[str, Any]) -> str:
    effect, low, high = (verdict.get(name) for name in ("effect", "low", "high"))
    interval = "" if low is None or high is None else f" ({low:.3g} to {high:.3g})"
    found = str(verdict.get("reason") or "") if effect is None else f"effect {effect:.3g}{interval}"
    return f"* **{claim} {verdict['outcome']}**, {found}: {verdict.get('statement') or ''}"
