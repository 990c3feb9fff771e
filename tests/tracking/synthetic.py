"""Results of a suite that never ran: two arms, two batch sizes, three seeds; one cell diverged."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmark.results import records
from benchmark.results.provenance import write_provenance

suite, profile = "width", "ci"
seeds, batch_sizes, arms = (0, 1, 2), (8, 256), ("matched_loss", "equal_epochs")
n_steps = 240  # of the history, so that it has to be thinned
diverged, not_converged = ("matched_loss", 256, 2), ("equal_epochs", 256, 1)

page = """<title>width</title><svg class="icon"><path d="M 0 0"/></svg><figure>
<svg viewBox="0 0 8 8" class="figure"><title id="width-error-title">Error against width</title>
<rect width="8" height="8"/></svg></figure>"""

Cell = tuple[str, int, int]  # arm, batch size, seed


def cells() -> list[Cell]:
    """Return the twelve cells."""
    return [(arm, batch_size, seed) for arm in arms for batch_size in batch_sizes for seed in seeds]


def key(cell: Cell) -> str:
    """Return the key of a cell."""
    return hashlib.sha256(repr(cell).encode()).hexdigest()


def factors(cell: Cell) -> dict[str, Any]:
    """Return the columns of a cell."""
    arm, batch_size, seed = cell
    return {
        "arm": arm, "data": "Digits", "data.n_train": 1000, "data.split_seed": seed, "model": "MLP",
        "model.width": 64, "start": None, "training": "SGD", "training.batch_size": batch_size,
        "training.lr": 0.1 if batch_size == 8 else 0.4, "training.momentum": 0.9,
    }  # fmt: skip


def status(cell: Cell) -> str:
    """Return how a cell ended."""
    return {diverged: "diverged", not_converged: "not_converged"}.get(cell, "done")


def reason(cell: Cell) -> str:
    """Return why."""
    return {diverged: "loss is not finite at step 120", not_converged: "loss 0.08 > 0.01"}.get(cell, "")


def row(cell: Cell, label: str, quantity: str, value: float | None, **more: Any) -> dict[str, Any]:
    """Return one record."""
    return {
        "suite": suite, "profile": profile, "cells": [key(cell)], "factors": json.dumps(factors(cell)),
        "seed": cell[2], "measure": label.partition("[")[0], "label": label, "options": "{}",
        "quantity": quantity, "index": "", "value": value, "standard_error": None, "unit": "", "positive": True,
        "status": status(cell), "reason": reason(cell), "device": "cpu",
    } | more  # fmt: skip


def rows(cell: Cell) -> list[dict[str, Any]]:
    """Return the records of one cell."""
    return [*_history(cell), *_numbers(cell)]


def _history(cell: Cell) -> Iterator[dict[str, Any]]:
    for step in range(n_steps):
        loss = 2.3 * math.exp(-step / (20 + cell[1] / 8)) + 0.01 * (1 + cell[2])
        if cell == diverged and step >= 120:
            loss = math.inf if step < 200 else math.nan
        index = json.dumps({"step": step, "epoch": step / 10})
        for quantity, value in (("loss", loss), ("error", min(0.9, 0.4 * loss))):
            yield row(cell, "history", quantity, value, index=index)


def _numbers(cell: Cell) -> Iterator[dict[str, Any]]:
    size = 1 + cell[2] / 10 + math.log(cell[1])
    for quantity in ("train_loss", "train_error", "test_loss", "test_error", "gap"):
        yield row(cell, "performance", quantity, math.inf if cell == diverged else 0.02 * size)
    yield row(cell, "sam_sharpness[rho=0.1]", "value", None if cell == diverged else 0.3 * size)
    yield row(cell, "hessian_extremes[n_steps=20]", "lambda_max", 5 * size)
    yield row(cell, "hessian_extremes[n_steps=20]", "lambda_min", -0.1 * size)
    yield row(cell, "hessian_trace", "value", 40 * size, standard_error=2.5)
    for place in range(5):
        yield row(cell, "weight_histogram", "density", 0.1 * place, index=json.dumps({"bin": place}))


def _lines() -> Iterator[dict[str, Any]]:
    for seed in seeds:
        pair = [("matched_loss", batch_size, seed) for batch_size in batch_sizes]
        for place in range(11):
            index = json.dumps({"alpha": -0.5 + 0.2 * place})
            yield row(pair[0], "two_model_line", "test_loss", 0.1 * place, index=index) | {
                "cells": [key(cell) for cell in pair]
            }


def planned() -> dict[str, dict[str, Any]]:
    """Return key -> factors and seed of all cells."""
    return {key(cell): factors(cell) | {"seed": cell[2]} for cell in cells()}


def summary(cell: Cell) -> dict[str, Any]:
    """Return the entry of a cell in the provenance."""
    return {
        "seconds": 1.5,
        "n_steps": n_steps,
        "status": status(cell),
        "reason": reason(cell),
        "cached": False,
    }


def provenance() -> dict[str, Any]:
    """Return what is known of the run before the first cell."""
    return {
        "suite": suite, "profile": profile, "question": "Are wide networks flatter?",
        "config": {"seeds": list(seeds), "data": "digits"},
        "command": "lossbench run width --profile ci", "git": {"sha": "0123456789abcdef" * 2, "dirty": True},
        "versions": {"torch": "2.15.0", "numpy": "2.3.1"}, "device": {"kind": "cpu", "name": "CPU"},
        "data": {"digits": {"kind": "Digits", "digest": "ab" * 32, "source": "scikit-learn"}},
        "started": "2026-05-01T12:00:00+00:00",
    }  # fmt: skip


def write_results(root: Path) -> None:
    """Write results/width and reports/latest into a workspace."""
    folder, report = root / "results" / suite, root / "reports" / "latest"
    records.write(folder / "records.parquet", [*(r for cell in cells() for r in rows(cell)), *_lines()])
    ended = {
        "seconds": 30.0,
        "n_cells": 12,
        "by_status": {"done": 10, "diverged": 1, "not_converged": 1},
        "cells": {key(cell): summary(cell) for cell in cells()},
    }
    write_provenance(folder, provenance() | ended)
    write_verdicts(root, "reproduced")
    report.mkdir(parents=True, exist_ok=True)
    (report / "width.html").write_text(page)
    (report / "depth.html").write_text(page.replace("width", "depth"))


def write_verdicts(root: Path, outcome: str) -> None:
    """Write verdicts.json."""
    judged = {
        "S1.C1-digits": {
            "outcome": outcome, "reason": "", "effect": 0.031, "low": 0.02, "high": 0.042, "p_value": 0.002,
            "n": 3, "statement": "Large batches generalise worse at equal training loss.",
        },
        "S1.C1": {"outcome": "not_run", "reason": "out_of_scope", "effect": None, "low": None, "high": None,
                  "p_value": None, "n": 0, "statement": "The same, on VGG-9 and CIFAR-10."},
    }  # fmt: skip
    content = {"rules_version": 1, "suite": suite, "profile": profile, "verdicts": judged}
    (root / "results" / suite / "verdicts.json").write_text(json.dumps(content))


trials = (  # learning rate, validation errors by seed; the last one was pruned
    (0.1, (0.08, 0.06)),
    (0.3, (0.05, 0.03)),
    (1.0, (1.0, 0.5)),
    (0.01, (0.4,)),
)


def answer(arms: Sequence[str] = ("width=4", "width=64")) -> dict[str, Any]:
    """Return the content of best.json."""
    return {
        "suite": suite, "profile": profile, "asked": "0123456789abcdef", "objective": "val_error",
        "seeds": [1000000, 1000001], "n_trials": len(trials), "batch": 2,
        "sampler": {"name": "TPESampler", "n_startup_trials": 2}, "pruner": {"name": "MedianPruner"},
        "optuna": "5.0.0", "studies": {arm: _study(arm) for arm in arms},
    }  # fmt: skip


def _study(arm: str) -> dict[str, Any]:
    return {
        "space": {"lr": {"low": 0.01, "high": 1.0, "log": True}}, "default": {"lr": 0.1},
        "best": {"number": 1, "point": {"lr": 0.3}, "value": 0.04}, "importances": {"lr": 1.0},
        "gain": 0.03, "standard_error": 0.0, "reason": "too_few_seeds",
        "chosen": {"number": 0, "point": {"lr": 0.1}, "value": 0.07},
        "trials": [_trial(arm, number) for number in range(len(trials))],
    }  # fmt: skip


def _trial(arm: str, number: int) -> dict[str, Any]:
    lr, errors = trials[number]
    is_pruned = len(errors) == 1
    return {
        "number": number, "state": "pruned" if is_pruned else "complete", "point": {"lr": lr},
        "value": None if is_pruned else sum(errors) / len(errors),
        "by_seed": [
            {"seed": 1000000 + place, "val_error": error, "val_loss": 3 * error,
             "status": "diverged" if error == 1.0 else "done",
             "cell": hashlib.sha256(f"{arm} {number} {place}".encode()).hexdigest()}
            for place, error in enumerate(errors)
        ],
    }  # fmt: skip


def write_answer(root: Path, arms: Sequence[str] = ("width=4", "width=64")) -> None:
    """Write best.json."""
    (root / "results" / suite / "best.json").write_text(json.dumps(answer(arms)))
