"""The profile ci on other machines, from bench/results/machines.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docs.generate.templates import render


def page(root: Path) -> str:
    """Return the page."""
    record = json.loads((root / "bench" / "results" / "machines.json").read_bytes())
    return render("machines.md", rows=[_row(one) for one in record["machines"]], record=record)


def _row(one: dict[str, Any]) -> dict[str, Any]:
    suites = one["suites"]
    worst = max(suites, key=lambda name: suites[name]["worst"])
    n_numbers = sum(found["n_numbers"] for found in suites.values())
    return {
        **one,
        "variables": " ".join(f"`{name}={value}`" for name, value in one["environment"].items()) or "–",
        "n_numbers": f"{n_numbers:,}",
        "equal": f"{100 * sum(found['n_equal'] for found in suites.values()) / n_numbers:.0f} %",
        "n_different": sum(found["n_different"] for found in suites.values()),
        "n_verdicts": sum(len(found["verdicts"]) for found in suites.values()),
        "n_swept": sum(len(found["swept"]) for found in suites.values()),
        "worst": f"{suites[worst]['worst']:.0e}",
        "worst_at": f"{worst}: {suites[worst]['worst_at']}" if suites[worst]["worst"] else "–",
    }
