"""A believable run of a batch-size suite, without training anything: records, verdicts, provenance, and its folder."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.results import records
from benchmark.results.provenance import write_provenance
from benchmark.stats.claim import Scope
from benchmark.stats.verdict import Verdict
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder
from tests import root as repository

name = "sharpness_example"
batch_sizes, seeds = (8, 32, 128, 500), range(10)
diverged, unconverged = ("matched_loss", 128, 7), ("matched_loss", 500, 3)
levels = {  # measure, quantity, unit: value at batch size 8 and at 500, spread of its logarithm
    ("hessian_extremes", "lambda_max", "nats"): (1.2, 3.9, 0.12),
    ("hessian_extremes", "lambda_min", "nats"): (0.02, 0.04, 0.2),
    ("hessian_trace", "value", "nats"): (10.0, 24.0, 0.10),
    ("keskar_sharpness", "value", "percent"): (0.44, 0.80, 0.25),
    ("sam_sharpness", "value", "nats"): (0.0035, 0.0064, 0.22),
    ("m_sharpness", "value", "nats"): (0.0039, 0.0070, 0.2),
    ("performance", "train_loss", ""): (0.0098, 0.0099, 0.005),
    ("performance", "train_error", ""): (0.0004, 0.0004, 0.05),
    ("performance", "test_loss", ""): (0.13, 0.14, 0.07),
    ("performance", "test_error", ""): (0.033, 0.037, 0.09),
    ("performance", "n_steps", ""): (496.0, 520.0, 0.03),
    ("weight_norm", "all", ""): (14.6, 13.9, 0.01),
}
equal_epochs = {"train_loss": (3e-4, 0.099, 0.06), "lambda_max": (0.11, 12.1, 0.15)}
suite_py = """
from dataclasses import dataclass
from benchmark.suite.gain import choice
from benchmark.suite.suite import Suite

@dataclass(frozen=True)
class Config:
    seeds: tuple[int, ...] = (0, 1)
    data: str = "digits"

suite = Suite(name=NAME, title=TITLE, question=QUESTION, sources=("Keskar et al. 2017", "Li et al. 2018"),
              profiles={"ci": Config()}, cells=lambda config: (), measures=lambda config: ())
"""
claims_py = """
from benchmark.stats.claim import Claim, Scope
from benchmark.stats.number import Number
from benchmark.stats.reduce import difference, kendall_tau, log_ratio
from benchmark.stats.table import Effect, greater

batch = "batch_size"
main = {"arm": "matched_loss"}
top = Number(measure="hessian_extremes", quantity="lambda_max")
common = dict(evidence="read", population=main)

claims = (
    Claim(**common | dict(paper_value="monotone, figure only", evidence="secondary"), id="S1.C4-digits", of="S1.C4",
          statement="Curvature rises with the batch size.", source="Keskar et al. 2017, section 2.2.2",
          legs=(greater(kendall_tau(top, factor=batch), Effect(0.3, "tau", (-1, 1))),)),
    Claim(**common | dict(paper_value="10 to 100 times", evidence="memory"), id="S1.C1-digits", of="S1.C1",
          statement="At matched training loss the large-batch solution is sharper.",
          source="Keskar et al. 2017, table 3",
          legs=(greater(log_ratio(top, factor=batch, first=500, second=8), Effect(0.34, "log ratio")),)),
    Claim(**common | dict(paper_value="3.7 % points"), id="S1.C7-digits", of="S1.C7",
          statement="The small batch has the lower test error.", source="Li et al. 2018, table 1",
          legs=(greater(difference(Number(measure="performance", quantity="test_error"), factor=batch, first=500,
                                   second=8), Effect(0.01, "error")),)),
    Claim(**common, id="S1.C3-digits", of="S1.C3", statement="Keskar sharpness is at least twice as large.",
          source="Keskar et al. 2017, table 3",
          legs=(greater(log_ratio("keskar_sharpness", factor=batch, first=500, second=8),
                        Effect(0.69, "log ratio")),)),
    Claim(**common, id="S1.C7", statement="VGG-9 on CIFAR-10 has lower test error with batch 128 than with 8192.",
          source="Li et al. 2018, table 1", scope=Scope(data=("CIFAR10",), models=("VGG",)),
          legs=(greater(difference("performance", factor=batch, first=8192, second=128), Effect(0.01, "error")),)),
)
"""


def key(*words: Any) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()


def rows(suite: str = name, **changes: Any) -> list[dict[str, Any]]:
    """Every row, with `changes` to all of them."""
    made = [row for arm in ("matched_loss", "equal_epochs") for row in _arm(arm)] + list(_lines())
    return [
        {"suite": suite, "profile": "ci", "device": "cpu", "positive": True, "options": "{}"} | row | changes
        for row in made
    ]


def verdicts() -> dict[str, dict[str, Any]]:
    """One verdict of each outcome; S1.C7-digits has none yet."""
    scope = Scope(data=("Digits",), models=("MLP",), profiles=("ci",))
    common: dict[str, Any] = {"n": 10, "n_failed": 2, "smallest_p": 2.0**-10, "scope": scope}
    made = [
        Verdict(claim="S1.C1-digits", outcome="reproduced", reason="shown", effect=1.18, low=0.93, high=1.43,
                p_value=2.0**-10, p_adjusted=4 * 2.0**-10, **common | {"n_failed": 0}),
        Verdict(claim="S1.C4-digits", outcome="reproduced", reason="shown", effect=0.83, low=0.67, high=1.0,
                p_value=0.0029, p_adjusted=0.0088, **common),
        Verdict(claim="S1.C7-digits", outcome="inconclusive", reason="interval_crosses_zero", effect=0.0035,
                low=-0.0012, high=0.0081, p_value=0.061, p_adjusted=0.12, n_needed=34, **common),
        Verdict(claim="S1.C3-digits", outcome="contradicted", reason="too_small", effect=0.31, low=-0.02, high=0.62,
                p_value=0.034, p_adjusted=0.10, **common),
        Verdict(claim="S1.C7", outcome="not_run", reason="out_of_scope", message="the records have Digits and MLP"),
    ]  # fmt: skip
    return {verdict.claim: json.loads(json.dumps(verdict.as_dict())) for verdict in made}


def provenance(suite: str = name) -> dict[str, Any]:
    return {
        "suite": suite, "profile": "ci", "config": {"seeds": list(seeds), "batch_sizes": list(batch_sizes), "lr": 0.1},
        "overrides": {}, "command": f"lossbench run {suite}", "git": {"sha": "4be1c07d9a" * 4, "dirty": True},
        "versions": {"lossbench": "0.1.0", "python": "3.11.9", "torch": "2.15.0"},
        "device": {"kind": "cpu", "name": "2 CPU cores"}, "machine": {"cpu": "AMD EPYC", "threads": 1},
        "data": {"digits": {"digest": key("digits"), "source": "scikit-learn load_digits", "classes": 10,
                            "counts": {"train": 500, "test": 1297}}},
        "started": 1763763000.5, "seconds": 71.3, "n_cells": 80,
        "by_status": {"done": 78, "diverged": 1, "not_converged": 1},
        "cells": {key(*diverged): {"name": "batch_size=128 seed=7", "seconds": 0.3, "n_steps": 40, "status": "diverged",
                                   "reason": "loss is not finite at step 40", "cached": False}},
    }  # fmt: skip


def workspace(root: Path, *, suite: str = name, title: str = "Batch size and sharpness",
              question: str = "Does training with large batches end in sharper minima that generalize worse?",
              figures: bool = False) -> SuiteFolder:  # fmt: skip
    """Lay out a suite in `root`, without results."""
    folder = root / "suites" / suite
    folder.mkdir(parents=True)
    source = (
        suite_py.replace("NAME", repr(suite))
        .replace("TITLE", repr(title))
        .replace("QUESTION", repr(question))
    )
    (folder / "suite.py").write_text(source)
    (folder / "claims.py").write_text(claims_py)
    if figures:
        real = repository / "suites" / "batch_size_sharpness"
        drawn = (real / "figures.py").read_text().replace("from .claims import", "from .numbers import")
        (folder / "figures.py").write_text(drawn)
        shutil.copy(real / "claims.py", folder / "numbers.py")  # what figures show, beside made-up claims
    return SuiteFolder(path=folder)


def finished(root: Path, **options: Any) -> tuple[Workspace, SuiteFolder]:
    """Lay out a suite in `root` with its results."""
    folder = workspace(root, **options)
    put_results(root, folder.name, rows(folder.name), verdicts(), provenance(folder.name))
    return Workspace(root), folder


def put_results(
    root: Path, suite: str, made: list[dict[str, Any]], judged: dict[str, Any], origin: dict[str, Any]
) -> None:
    path = root / "results" / suite
    records.write(path / "records.parquet", made)
    judgement = {"rules_version": "1", "suite": suite, "profile": "ci", "verdicts": judged}
    (path / "verdicts.json").write_text(json.dumps(judgement))
    write_provenance(path, origin)


def put_matrix(
    root: Path, suite: str, claim: str, *, rows: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    """Add a matrix to the verdicts: every definition holds but the first, for which there are no records."""
    good = {"outcome": "reproduced", "reason": "shown", "effect": 0.5, "low": 0.3, "high": 0.7, "p_value": 0.001,
            "n": 10, "n_failed": 0, "unit": "log ratio"}  # fmt: skip
    absent = dict.fromkeys(good) | {"outcome": "not_run", "reason": "data_missing", "unit": "log ratio"}
    cells = {row: dict.fromkeys(columns, good) for row in rows}
    cells[rows[0]] = cells[rows[0]] | {columns[0]: absent}
    path = root / "results" / suite / "verdicts.json"
    judged = json.loads(path.read_text())
    judged["matrices"] = {claim: {"rows": list(rows), "columns": list(columns), "cells": cells}}
    path.write_text(json.dumps(judged))


def put_published(root: Path, name: str, **changes: Any) -> Path:
    """Publish the latest report of `root` by hand; `changes` go into its manifest."""
    folder = root / "reports" / name
    shutil.copytree(root / "reports" / "latest", folder, ignore=shutil.ignore_patterns("*.csv"))
    shutil.copytree(root / "results", folder / "results")
    manifest: dict[str, Any] = {
        "name": name,
        "why": f"why {name}",
        "made": "2026-01-02",
        "files": {},
        "gate": None,
    }
    (folder / "published.json").write_text(json.dumps(manifest | changes))
    return folder


def _arm(arm: str) -> Iterator[dict[str, Any]]:
    for size in batch_sizes:
        for seed in seeds:
            cell = (arm, size, seed)
            common = {
                "cells": [key(*cell)],
                "factors": _factors(arm, size),
                "seed": seed,
                "status": "done",
                "reason": "",
            }
            if cell == diverged:
                gone = {"status": "diverged", "reason": "loss is not finite at step 40"}
                for measure in dict.fromkeys(measure for measure, _, _ in levels):
                    yield common | _number(measure, "value", "nats", float("nan")) | gone
                continue
            if cell == unconverged:
                common |= {"status": "not_converged", "reason": "loss 0.0113 after 4000 steps, wanted 0.01"}
            rng = np.random.default_rng([size, seed, len(arm)])
            yield from ({**common, **row} for row in _cell(arm, size, rng))


def _cell(arm: str, size: int, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    share = (np.log(size / 8) / np.log(500 / 8)) ** (0.6 if arm == "matched_loss" else 1.0)
    skill = rng.normal()
    for (measure, quantity, unit), level in levels.items():
        low, high, spread = equal_epochs.get(quantity, level) if arm == "equal_epochs" else level
        noise = spread * (0.6 * skill + 0.8 * rng.normal())
        yield _number(measure, quantity, unit, float(low * (high / low) ** share * np.exp(noise)))
    rate = 90 + 60 * share
    for step in range(0, 500, 20):
        loss, norm = (
            2.3 * np.exp(-step / rate) + 0.008,
            11.6 + (3.0 - 0.7 * share) * (1 - np.exp(-step / 150)),
        )
        for quantity, value in (("loss", loss * np.exp(0.08 * skill)), ("weight_norm", norm + 0.05 * skill)):
            yield _number("history", quantity, "", float(value), step=step, epoch=step * size / 500)
    edges = np.linspace(-0.5, 0.5, 42)
    centres, width = (edges[1:] + edges[:-1]) / 2, 0.13 - 0.02 * share
    density = np.exp(-0.5 * (np.abs(centres) / width) ** 1.6) * np.exp(0.05 * rng.normal(size=41))
    for centre, value in zip(centres, density / density.sum(), strict=True):
        yield _number("weight_histogram", "share", "share", float(value), weight=round(float(centre), 12))


def _lines() -> Iterator[dict[str, Any]]:
    """Loss and error on the line from batch size 8 to 500, for every seed."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        depth, wall = rng.lognormal(0, 0.15), rng.lognormal(0.2, 0.1)
        for alpha in np.linspace(-0.5, 1.5, 41):
            sharp = 9 if alpha > 1 else 3
            away = min(abs(alpha), abs(alpha - 1)) * (1 if 0 < alpha < 1 else sharp)
            loss = 0.01 + depth * 0.35 * away**2 * wall
            values = {"train_loss": loss, "test_loss": 0.12 + 1.1 * loss, "train_error": 1 - np.exp(-loss / 4),
                      "test_error": 1 - 0.965 * np.exp(-loss / 4)}  # fmt: skip
            for quantity, value in values.items():
                yield _number("two_model_line", quantity, "", float(value), alpha=round(float(alpha), 12)) | {
                    "cells": [key("matched_loss", 8, seed), key("matched_loss", 500, seed)], "seed": seed,
                    "factors": _factors("matched_loss", 8), "status": "done", "reason": ""}  # fmt: skip


def _factors(arm: str, size: int) -> str:
    labels = {"arm": arm, "network": "mlp", "batch_size": size}
    data = {"data": "Digits", "data.n_train": 500, "model": "MLP", "model.width": 64}
    training = {
        "training": "SGD",
        "training.batch_size": size,
        "training.weight_decay": 0.0,
        "training.lr": 0.1,
    }
    return json.dumps(labels | data | training)


def _number(measure: str, quantity: str, unit: str, value: float, **index: float) -> dict[str, Any]:
    return {"measure": measure, "label": measure, "quantity": quantity, "unit": unit, "value": value,
            "index": json.dumps(index) if index else "", "standard_error": None}  # fmt: skip
