"""The benchmarks' page: what is computed from a table, and that it is in step with the files."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from bench import results
from bench.machine import is_busy, version_of
from benchmark.results.provenance import n_cpus
from tests.mutants import Mutant, red_with


def row(tool: str, wall_s: list[float], *, valid: bool = True) -> dict[str, Any]:
    times = {"wall_s": wall_s, "cpu_s": wall_s} if valid else {}
    return {
        "tool": tool,
        "version": "1",
        "settings": "",
        "error": 1e-4,
        "tolerance": 1e-3,
        "valid": valid,
        "n_products": 30.0,
    } | times


def table() -> dict[str, Any]:
    return {
        "title": "Work",
        "note": "A note.",
        "error_name": "error",
        "rows": [
            row("ours", [0.2, 0.1]),
            row("ours, once more", [0.102]),
            row("fast", [0.3, 0.25]),
            row("wrong", [], valid=False),
        ],
        "floors": [{"name": "30 products of 2 ms", "seconds": 0.06}],
        "targets": [
            {"tool": "fast", "least_ratio": 2.0, "most_products": None},
            {"tool": "", "least_ratio": None, "most_products": 35},
        ],
        "loads": [0.1, 0.2],
        "is_busy": False,
    }


@red_with(Mutant(results.least_times_beside_ours, "seconds / ours", "ours / seconds"))
def test_ratios_are_of_least_times_and_valid_tools_only() -> None:
    assert results.least_times_beside_ours(table()) == pytest.approx(
        {"ours": 1.0, "ours, once more": 1.02, "fast": 2.5}
    )


def test_targets_are_met_missed_or_not_judged_on_a_busy_machine() -> None:
    met = table()
    assert [text.rpartition(", ")[2] for text in results.judged(met)] == ["met", "met"]
    missed = copy.deepcopy(met)
    missed["targets"][0]["least_ratio"], missed["targets"][1]["most_products"] = 3.0, 29
    assert [text.rpartition(", ")[2] for text in results.judged(missed)] == ["missed", "missed"]
    busy = met | {"is_busy": True, "loads": [9.0, 1.0]}
    assert "not judged (load average 9.0)" in next(iter(results.judged(busy)))
    noisy = copy.deepcopy(met)
    noisy["rows"][1]["wall_s"] = [0.12]
    assert "not judged (our own code beside itself: 1.20)" in next(iter(results.judged(noisy)))
    noisy["targets"][0]["least_ratio"] = 25.0
    assert next(iter(results.judged(noisy))).endswith("missed"), "noise is no excuse for a factor of ten"


def quantity(**wanted: float) -> dict[str, Any]:
    return {"name": "beside a loop", "value": 1.05, "unit": "times", "most": None, "least": None} | wanted


def test_numbers_that_follow_are_judged_where_something_is_wanted() -> None:
    wanted = [quantity(most=1.1), quantity(most=1.0), quantity(least=1.0), quantity(least=1.1), quantity()]
    found = table() | {"quantities": wanted, "targets": []}
    assert [text.rpartition(", ")[2] for text in results.judged(found)] == ["met", "missed", "met", "missed"]
    assert next(iter(results.judged(found))) == "beside a loop: 1.05 times, wanted at most 1.1, met"
    assert list(results.unjudged(found)) == ["beside a loop: 1.05 times"]
    busy = found | {"is_busy": True, "loads": [9.0, 1.0]}
    assert all("not judged" in text for text in results.judged(busy))


def test_a_target_beside_an_invalid_tool_is_not_met() -> None:
    broken = table()
    broken["targets"] = [{"tool": "wrong", "least_ratio": 1.0, "most_products": None}]
    assert next(iter(results.judged(broken))).endswith("nan, missed")


def test_the_page_shows_every_row_and_floor() -> None:
    provenance = {
        "machine": {"processor": "CPU", "n_cpus": 2},
        "threads": 1,
        "versions": {"torch": "2"},
    }
    text = results.document([{"benchmark": "work", "provenance": provenance, "tables": [table()]}])
    assert "| fast 1 |  | 30 | 1.0e-04 | 2 | 250.0 | 275.0 | 250.0 | 2.50 |" in text
    assert "| wrong 1 |  | 30 | 1.0e-04 |  | INVALID |  |  |  |" in text
    assert "| *floor* | 30 products of 2 ms |  |  |  | 60.0 |  |  | 0.60 |" in text


def test_what_is_written_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "folder", tmp_path)
    results.write("trace", {"threads": 1}, [{"seconds": [0.123456]}])
    assert results.read() == [
        {"benchmark": "trace", "provenance": {"threads": 1}, "tables": [{"seconds": [0.1235]}]}
    ]


def test_the_page_in_docs_is_the_one_of_the_results() -> None:
    records = results.read()
    written = results.page.read_text(encoding="utf-8") if results.page.is_file() else ""
    assert written == (results.document(records) if records else ""), "run: python -m bench --page"


def test_a_machine_is_busy_when_more_want_a_core_than_there_are() -> None:
    assert is_busy([0.0, n_cpus() + 1.0]) and not is_busy([0.0, 0.5])


def test_a_tool_that_is_missing_is_named_with_what_installs_it() -> None:
    with pytest.raises(SystemExit, match=r"no-such-tool is not installed; pip install 'lossbench\[bench\]'"):
        version_of("no-such-tool")
