"""The last screen of `make repro`: short, and nothing that went wrong is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.cli import last_screen
from benchmark.report.pages.page import write_report
from benchmark.store.workspace import Workspace
from tests.command_line import Lossbench
from tests.mutants import Mutant, red_with
from tests.report import synthetic

suite = synthetic.name


def many(root: Path, *, n_failed: int) -> Workspace:
    """Lay out a baseline, and latest results in which everything came out differently and networks failed."""
    workspace, folder = synthetic.finished(root)
    write_report(workspace, [folder])
    extra = {f"X.C{i}": synthetic.verdicts()["S1.C1-digits"] for i in range(40)}
    failed = {
        f"key-{i}": {"name": f"network {i}", "status": "diverged", "reason": "loss " * 99}
        for i in range(n_failed)
    }
    judged = synthetic.verdicts() | extra
    origin = synthetic.provenance()
    synthetic.put_results(root, suite, synthetic.rows(), judged, origin)
    synthetic.put_published(root, "baseline")
    changed = {name: verdict | {"outcome": "inconclusive", "reason": "cells_failed", "n_failed": 3}
               for name, verdict in judged.items() if verdict["outcome"] == "reproduced"}  # fmt: skip
    synthetic.put_results(root, suite, synthetic.rows(), judged | changed, origin | {"cells": failed})
    return workspace


@red_with(
    Mutant(last_screen._cut, "found[:most_named]", "found"),
    Mutant(last_screen._cut, "len(one) <= longest", "True"),
    Mutant(last_screen._here, '!= "out_of_scope"', '!= ""'),
)
def test_the_last_screen_is_short_and_says_what_failed_and_what_changed(tmp_path: Path) -> None:
    lines = list(last_screen.lines(many(tmp_path, n_failed=50)))
    assert len(lines) <= 40 and max(map(len, lines[:-1])) <= last_screen.longest
    text = "\n".join(lines)
    assert f"{suite:<28}{0:>14}{1:>14}{43:>14}{0:>14}" in lines  # that of other data is not counted
    assert f"{suite}: diverged: network 0: loss" in text and "and 42 more" in text
    assert "against baseline: 42 of 44 verdicts changed" in text and "and 34 more" in text
    assert (
        "  S1.C1-digits: reproduced -> inconclusive (3 of 10 seeds failed, 0 before; failed cells)" in lines
    )
    assert "not evidence" in text and str(tmp_path / "reports" / "latest" / "index.html") in lines[-1]


def test_other_settings_are_not_called_changed(tmp_path: Path) -> None:
    workspace = many(tmp_path, n_failed=0)
    path = tmp_path / "results" / suite / "provenance.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"config": facts["config"] | {"lr": 9}}))
    text = "\n".join(last_screen.lines(workspace))
    assert "0 of 44 verdicts changed" in text and f"{suite} is not compared: other settings (lr)" in text


def test_without_results_it_says_what_to_type(tmp_path: Path) -> None:
    assert list(last_screen.lines(Workspace(tmp_path))) == [
        "no verdicts yet; next: lossbench run SUITE, then lossbench judge SUITE"
    ]


@pytest.mark.parametrize("words", [("claims", "--brief"), ("verdicts", "--brief", "--json")])
def test_brief_is_of_verdicts_and_for_people(words: tuple[str, ...], lossbench: Lossbench) -> None:
    code, _, error = lossbench("list", *words)
    assert code == 2 and "lossbench list verdicts --brief" in error
