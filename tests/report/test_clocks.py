"""When, from which commit and at what cost results were made is told, and is in nothing that DVC hashes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmark.report.pages import clocks
from benchmark.report.pages.page import write_report
from benchmark.results.provenance import split
from benchmark.store.workspace import Workspace
from tests.report import synthetic
from tests.report.tags import Tags

keys = [synthetic.key("matched_loss", size, seed) for size in (8, 500) for seed in range(10)]
other_run = {
    "command": "lossbench run sharpness_example -j 7",
    "git": {"sha": "c0ffee1234" * 4, "dirty": False},
    "started": 1863763000.5,
    "seconds": 4242.0,
}


def told(seconds: float, n_cpus: int, *, cached: bool) -> dict[str, Any]:
    cells = {
        key: {"status": "done", "seconds": seconds, "cached": cached and place % 2 == 0}
        for place, key in enumerate(keys)
    }
    return synthetic.provenance() | {"cells": cells, "machine": {"system": "Linux", "n_cpus": n_cpus}}


def report(root: Path, origin: dict[str, Any]) -> Path:
    folder = synthetic.workspace(root)
    synthetic.put_results(root, folder.name, synthetic.rows(), synthetic.verdicts(), origin)
    return write_report(Workspace(root), [folder]).html.parent


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(tmp_path_factory.mktemp("one"), told(2.0, 3, cached=False))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run of the same, at another time, from another commit, partly from the store; checked here."""
    root = tmp_path_factory.mktemp("other")
    (root / "runs").mkdir()
    (root / "runs" / "gate.json").write_text(json.dumps({"passed": True, "platform": {}}))
    return report(root, told(31.0, 64, cached=True) | other_run)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != clocks.script_name}


def opened(folder: Path, name: str) -> str:
    """Return what a reader of a page sees."""
    page = (folder / f"{name}.html").read_text()
    return Tags(clocks.filled(page, clocks.read(folder / clocks.script_name))).text


def test_two_runs_of_the_same_give_the_same_hashed_bytes(one: Path, other: Path) -> None:
    assert contents(one) == contents(other)
    assert (one / clocks.script_name).read_bytes() != (other / clocks.script_name).read_bytes()


@pytest.mark.parametrize("words", ["c0ffee1234", "-j 7", "2029-01", "71 min", "device-seconds", "run store"])
def test_no_clock_cost_command_or_commit_is_hashed_and_all_are_told(words: str, other: Path) -> None:
    assert not [name for name, data in contents(other).items() if words.encode() in data]
    assert words in opened(other, synthetic.name) + opened(other, "index")


@pytest.mark.parametrize("name", ["index", synthetic.name])
def test_every_place_of_a_page_is_filled(name: str, one: Path) -> None:
    page, texts = (one / f"{name}.html").read_text(), clocks.read(one / clocks.script_name)
    assert clocks.place.search(page) and not clocks.unfilled(page, texts)
    whole = clocks.filled(page, texts)
    assert "data-clock" not in whole.partition("<script>")[0] and " hidden></dd>" not in whole


def test_both_pages_say_day_and_commit(one: Path) -> None:
    assert "2025-11-21 · 4be1c07d9a+" in opened(one, "index")
    assert "2025-11-21 22:10 UTC" in opened(one, synthetic.name)


def test_how_another_run_went_finds_no_place(one: Path, tmp_path: Path) -> None:
    folder = report(tmp_path, told(2.0, 3, cached=False) | {"config": {"lr": 0.2}})
    page = (folder / "index.html").read_text()
    old = clocks.read(one / clocks.script_name)
    assert clocks.unfilled(page, old) == {found[1] for found in clocks.place.finditer(page)}
    assert clocks.filled(page, old) == page


def test_a_run_of_which_nothing_is_known_leaves_the_places_empty(tmp_path: Path) -> None:
    facts, _ = split(told(2.0, 3, cached=False))
    folder = report(tmp_path, facts)
    assert "20 cells" not in opened(folder, synthetic.name)
    assert "lossbench run sharpness_example && lossbench judge" in opened(folder, synthetic.name)
    assert clocks.unfilled((folder / "index.html").read_text(), clocks.read(folder / clocks.script_name))


def test_texts_in_their_places_stay_texts() -> None:
    page = '<dt data-clock-label="a-b" hidden>x</dt><dd data-clock="a-b" hidden></dd><p>rest</p>'
    assert clocks.filled(page, {"a-b": "<i>&"}) == "<dt>x</dt><dd>&lt;i&gt;&amp;</dd><p>rest</p>"
    assert clocks.filled(page, {"a-b": ""}) == page.replace(' data-clock="a-b"', "")


def test_a_script_reads_back_and_a_foreign_one_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / clocks.script_name
    path.write_bytes(clocks.script({"a": "\u00b7 <"}))
    assert clocks.read(path) == {"a": "\u00b7 <"}
    path.write_text("alert(1)")
    assert clocks.read(path) == {}
