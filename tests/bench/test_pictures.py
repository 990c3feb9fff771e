"""Pictures and the section of lanes are made of the records alone."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from bench import lanes_page, pictures, results
from tests.bench.test_results import table
from tests.mutants import Mutant, red_with

of_lanes: dict[str, Any] = {
    "benchmark": "lanes",
    "networks": [
        {
            "network": "64-4-10", "batch_size": 50, "precision": precision, "together": 20,
            "microseconds": {"one by one": 300.0, "one by one, once more": 306.0, "10 lanes": 60.0},
            "ratio": {"one by one": 1.0, "one by one, once more": 0.98, "10 lanes": 5.0},
        }
        for precision in ("float32", "float64")
    ],
    "error": 1e-15, "n_blocks": 15, "n_steps": 200, "loads": [0.5, 1.0], "is_busy": False,
}  # fmt: skip


@red_with(Mutant(lanes_page.lines, "(once_more, *others)", "(*others, once_more)"))
def test_the_section_of_lanes_shows_every_network() -> None:
    text = "\n".join(lanes_page.lines(of_lanes))
    assert "| network | batch | precision | one by one, µs | once more | 10 lanes | together |" in text
    assert "| 64-4-10 | 50 | float64 | 300 | 0.98 | 5.00 | 20 |" in text
    assert "busy" not in text and "differs from itself" not in text


def test_the_section_of_lanes_tells_of_doubt() -> None:
    doubtful = copy.deepcopy(of_lanes) | {"is_busy": True}
    doubtful["networks"][0]["ratio"]["one by one, once more"] = 0.8
    text = "\n".join(lanes_page.lines(doubtful))
    assert "busy (load average 1.0)" in text and "in 1 of 2 rows" in text


@pytest.mark.parametrize("record", [of_lanes, {"benchmark": "work", "tables": [table(), table()]}])
def test_a_picture_is_drawn_and_equal_records_give_equal_bytes(
    record: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "folder", tmp_path)
    path = pictures.write(record)
    drawn = path.read_bytes()
    assert path.name == f"bench-{record['benchmark']}.svg"
    assert (b"10 lanes" if record is of_lanes else b"ours, once more") in drawn
    assert pictures.write(record).read_bytes() == drawn


def test_every_picture_of_the_page_is_there() -> None:
    for record in results.read():
        assert (pictures.folder / pictures.name_of(record["benchmark"])).is_file(), (
            "run: python -m bench --page"
        )
