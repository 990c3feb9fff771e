"""What a suite tunes, and what published sweeps chose."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.results.published import Published
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.gain import choice_in, shown
from benchmark.suite.suite import Range, Suite

shown_arms = 8


def sweep_part(folder: SuiteFolder, own: Sequence[Published]) -> dict[str, Any] | None:
    """Return arms, spaces and budgets by profile, and what published sweeps put in force; None without a sweep."""
    suite = folder.suite
    if suite.sweep is None:
        return None
    paths = [(one.name, one.path / "results" / folder.name / "best.json") for one in own]
    return {
        "sharpness": suite.sweep.sharpness.label,
        "rows": list(_budgets(suite)),
        "winners": [table for name, path in paths if path.is_file() and (table := _winners(name, path))],
    }


def _budgets(suite: Suite) -> Iterator[dict[str, Any]]:
    assert suite.sweep is not None
    for profile, config in suite.profiles.items():
        space = suite.sweep.space(config)
        yield {
            "profile": profile,
            "arms": _ends(suite.sweep.arms(config)) if config.sweep_trials else [],
            "space": "; ".join(f"{name} {_range(where)}" for name, where in space.items()),
            "trials": config.sweep_trials,
            "seeds": len(config.sweep_seeds),
            "n_val": config.n_val,
            "networks": len(suite.sweep.arms(config)) * config.sweep_trials * len(config.sweep_seeds),
        }


def _ends(arms: Sequence[str]) -> list[str]:
    """Return the arms, of many only the first and the last ones."""
    return list(arms) if len(arms) <= shown_arms else [*arms[:2], f"... {len(arms)} arms ...", *arms[-2:]]


def _range(where: Range) -> str:
    return f"from {where.low:g} to {where.high:g}{' by its logarithm' * where.log}"


def _winners(name: str, path: Path) -> dict[str, Any] | None:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not content["studies"]:
        return None
    return {
        "name": name,
        "n_trials": content["n_trials"],
        "objective": content["objective"],
        "rows": [_in_force(arm, study) for arm, study in content["studies"].items()],
    }


def _in_force(arm: str, study: Mapping[str, Any]) -> dict[str, str]:
    best, made = study["best"], choice_in(study)
    assert made is not None
    return {
        "arm": arm,
        "default": _point(study["default"]),
        "best": _point(best["point"]),
        "value": f"{best['value']:.3g}",
        "gain": shown(made.gain) if best["number"] else "none",
        "in_force": "fixed" if made.keeps_default else "best",
    }


def _point(point: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in point.items())
