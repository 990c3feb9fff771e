"""The tiny suite's question, and searches of it that are answered without training anything."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmark.run.sweep.search import Found, Search
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.tuning import Question, Try

folder = SuiteFolder(path=Path(__file__).parent / "tiny_sweep")
Trained = Callable[[Try], Found]


def question(**overrides: Any) -> Question:
    """Return what a sweep of the tiny suite is asked, with some fields of its Config replaced."""
    config = dataclasses.replace(folder.suite.profiles["ci"], **overrides)
    return Question(suite=folder.suite, profile="ci", config=config)


def bowl(tried: Try) -> Found:
    """Pretend to have trained: least error at lr = 1, a little of it from the seed."""
    error = min(1.0, abs(math.log10(tried.point["lr"])) / 10 + tried.seed % 10 / 1000)
    return Found(
        seed=tried.seed, cell=f"{tried.seed}", status="done", val_error=error, val_loss=error, sharpness=1.0
    )


def searched(asked: Question, trained: Trained = bowl, **options: Any) -> Search:
    """Return a search of the first arm that has ended."""
    search = Search(question=asked, arm=asked.arms[0], **options)
    steps = search.steps()
    tries = next(steps)
    while True:
        try:
            tries = steps.send([trained(one) for one in tries])
        except StopIteration:
            return search


def points(search: Search) -> list[dict[str, float]]:
    """Return the points of all trials."""
    return [trial.params for trial in search.study.trials]
