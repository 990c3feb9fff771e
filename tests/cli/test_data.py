"""Data sets: fetched, added, and pinned for each suite."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmark.cells.data import catalog
from tests.command_line import Lossbench


def test_a_download_that_fails_is_one_sentence_with_the_way_around(
    lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(name: str, source: Path | None) -> None:
        raise ConnectionError("fetching mnist failed (tried\nhttp://a host); name the folder they are in")

    monkeypatch.setattr(catalog, "fetch", fetch)
    code, _, err = lossbench("data", "fetch", "mnist")
    assert (code, err.count("\n")) == (1, 1)
    assert "http://a host" in err and "lossbench data fetch mnist --source FOLDER" in err


def test_pictures_that_would_be_replaced_name_the_option(
    lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(*_: Any, **__: Any) -> None:
        raise FileExistsError("'pets' has other pictures; choose another name, or ask for replacement")

    monkeypatch.setattr(catalog, "add", add)
    code, _, err = lossbench("data", "add", "pets", ".")
    assert code == 2 and err.endswith("or ask for replacement: --replace\n")


def test_data_are_pinned_for_each_suite(lossbench: Lossbench, workspace: Path) -> None:
    assert lossbench("data", "pin", "results/data")[0] == 0
    assert json.loads((workspace / "results/data/example.json").read_text()) == {"digits": "embedded"}
    (workspace / "params.yaml").write_text("profile: full\nsuites: {example: {}}\n")
    code, _, err = lossbench("data", "pin", "results/data")
    assert code == 2
    assert "run: lossbench data fetch cifar10" in err


def test_modules_of_a_suite_s_own_are_pinned_besides_its_three(lossbench: Lossbench, workspace: Path) -> None:
    folder = workspace / "suites" / "example"

    def pinned() -> dict[str, str]:
        assert lossbench("data", "pin", "results/data")[0] == 0
        found: dict[str, str] = json.loads((workspace / "results/data/example.json").read_text())
        return found

    before = pinned()
    for part in ("suite", "claims", "figures"):
        with (folder / f"{part}.py").open("a") as file:
            file.write("# edited\n")
    assert pinned() == before
    (folder / "parts").mkdir()
    (folder / "parts" / "margin.py").write_text("margin = 1\n")
    first = pinned()
    assert set(first) - set(before) == {"example/parts/margin.py"}
    (folder / "parts" / "margin.py").write_text("margin = 2\n")
    second = pinned()
    assert {name for name in second if second[name] != first[name]} == {"example/parts/margin.py"}


own_data = """
from dataclasses import dataclass

from benchmark.cells.cell import Cell
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.measures.performance import performance
from benchmark.suite.suite import Suite


@dataclass(frozen=True, kw_only=True)
class Mine:
    n: int = 3


@dataclass(frozen=True, kw_only=True)
class Config:
    data: str = "mine"
    seeds: tuple[int, ...] = (0,)


suite = Suite(
    name="example", title="", question="", sources=(), profiles={"ci": Config()},
    cells=lambda config: [Cell(data=Mine(), model=MLP(width=2, depth=1), training=SGD(batch_size=1, lr=0.1, steps=1))],
    measures=lambda config: (performance(),),
)
"""


def test_data_of_a_suite_s_own_making_need_no_name(lossbench: Lossbench, workspace: Path) -> None:
    (workspace / "suites" / "example" / "suite.py").write_text(own_data)
    (workspace / "params.yaml").write_text("suites: {example: {}}\n")
    code, _, err = lossbench("data", "pin", "results/data")
    assert code == 0, err
    assert json.loads((workspace / "results/data/example.json").read_text()) == {"Mine": "embedded"}
    assert lossbench("run", "example", "--dry-run")[0] == 0
