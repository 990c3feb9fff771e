"""A suite with a knob of every type."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.suite.folder import find
from benchmark.suite.suite import Suite

suite_text = '''
from __future__ import annotations
from dataclasses import dataclass, replace
from typing import Literal
from benchmark.suite.suite import Suite

@dataclass(frozen=True, kw_only=True)
class Config:
    seeds: tuple[int, ...] = tuple(range(10))
    data: str = "digits"
    batch_sizes: tuple[int, ...] = (16, 512)
    lr: float = 0.1
    n_train: int | None = None
    norm: Literal["none", "batch"] = "none"
    fast: bool = False

    def __post_init__(self) -> None:
        if self.lr <= 0:
            raise ValueError(f"Config.lr is {self.lr}; give a number > 0")

suite = Suite(
    name="width", title="Width", question="?", sources=(), cells=lambda config: (), measures=lambda config: (),
    profiles={"ci": Config(), "small": Config(data="cifar10"), "full": replace(Config(), batch_sizes=(256, 4096))},
)
'''  # fmt: skip


@pytest.fixture
def suites_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "suites" / "width"
    folder.mkdir(parents=True)
    (folder / "suite.py").write_text(suite_text)
    return tmp_path / "suites"


@pytest.fixture
def suite(suites_dir: Path) -> Suite:
    return find("width", suites_dir).suite
