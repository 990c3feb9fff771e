"""A sweep of that run, without training anything: trials of one arm over one hyperparameter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmark.report.pages.sweep_studies import Studies, studies_of
from benchmark.suite.gain import choice


def put_sweep(
    root: Path,
    suite: str,
    *,
    arm: str = "batch_size=8",
    name: str = "lr",
    two: bool = False,
    is_clear: bool = True,
) -> None:
    """Lay out a sweep of one arm and one hyperparameter: a default, a best point, one pruned and one diverged trial.

    The best point is in force, unless the default's errors are spread (`is_clear` false), so that its gain is noise.
    """
    label = "sam_sharpness[rho=0.05]"

    def spread(number: int, place: int) -> float:
        return 0.0 if is_clear or number else (-0.04, 0.04)[place % 2]

    tried = [(0.1, 0.05, "complete", "done"), (0.03, 0.02, "complete", "done"), (0.3, 0.09, "pruned", "done"),
             (0.9, 1.0, "complete", "diverged")]  # fmt: skip
    trials: list[dict[str, Any]] = [
        {
            "number": number, "state": state, "point": {name: at}, "by_seed": [
                {"seed": 1_000_000 + i, "val_error": error + spread(number, i), "val_loss": 3 * error,
                 "status": status, "cell": "ab" * 32}
                for i in range(1 if state == "pruned" else 4)],
            **({"value": error} if not two else
               {"values": {"val_error": error, label: 1 / at if status == "done" else None}}),
        }
        for number, (at, error, state, status) in enumerate(tried)
    ]  # fmt: skip
    end: dict[str, Any] = {"front": [0, 1]} if two else _in_force(trials)
    study = {"space": {name: {"low": 0.01, "high": 1.0, "log": True}}, "default": {name: 0.1},
             "importances": {name: 1.0}, "trials": trials, **end}  # fmt: skip
    content = {
        "suite": suite, "profile": "ci", "asked": "0" * 16, "objective": "val_error", "n_trials": 4, "batch": 2,
        "seeds": list(range(1_000_000, 1_000_004)),
        "sampler": {"name": "TPESampler", "seed": 0}, "pruner": {"name": "MedianPruner"},
        "optuna": "5.0.0", "studies": {arm: study},
    }  # fmt: skip
    path = root / "results" / suite / ("pareto.json" if two else "best.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def _in_force(trials: list[dict[str, Any]]) -> dict[str, Any]:
    made = choice(trials, best=1)
    points = [{part: trial[part] for part in ("number", "point", "value")} for trial in trials]
    gain = {"gain": made.gain.value, "standard_error": made.gain.standard_error, "reason": made.reason}
    return {"best": points[1], "chosen": points[made.chosen], **gain}


def found(tmp_path: Path, *, two: bool = False) -> Studies:
    put_sweep(tmp_path, "one", two=two)
    name = "pareto.json" if two else "best.json"
    studies = studies_of(json.loads((tmp_path / "results" / "one" / name).read_text()))
    assert studies is not None
    return studies
