"""JSON for programs, JUnit for a CI, Markdown for a pull request."""

from __future__ import annotations

import json
import math
from xml.etree import ElementTree

import pytest

from benchmark.published.check.deviations import compare
from benchmark.published.check.documents import as_json, as_junit, as_markdown, first
from benchmark.published.check.gate import Checked
from tests.published.check.tables import row, seeds, table


@pytest.fixture
def checked() -> list[Checked]:
    other = {"cells": ["b"], "factors": '{"arm": "other"}'}
    expected = [
        *seeds([1.0] * 12),
        *seeds([1.0] * 12, label="other|one", quantity="x"),
        row(label="same", **other),
    ]
    found = [
        *seeds([2.0] * 12),
        *seeds([math.nan] * 12, label="other|one", quantity="x"),
        row(label="same", **other),
    ]
    comparison = compare("suite", table(*expected), table(*found))
    return [Checked(comparison=comparison, provenance={}, n_computed=3)]


def test_json_holds_every_difference_and_is_json(checked: list[Checked]) -> None:
    content = json.loads(as_json(checked, baseline={"name": "baseline"}), parse_constant=pytest.fail)
    found = content["suites"]["suite"]
    assert content["passed"] is found["passed"] is False
    assert (found["n_differences"], found["n_computed"], found["n_numbers"]) == (24, 3, 25)
    assert found["differences_by_measure"] == {"m[rho=1]": 12, "other|one": 12}
    assert found["differences"][0] == {
        "kind": "value", "suite": "suite", "cell": "arm=plain seed=0", "seed": 0, "label": "m[rho=1]",
        "quantity": "value", "index": "", "expected": 1.0, "found": 2.0, "tolerance": 1e-6,
    }  # fmt: skip
    assert found["differences"][-1]["found"] == "nan"
    assert (found["worst"], found["worst_at"]) == ("inf", "arm=plain seed=0 other|one x")


def test_junit_has_a_test_for_each_measure(checked: list[Checked]) -> None:
    root = ElementTree.fromstring(as_junit(checked))
    (suite,) = root.findall("testsuite")
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("suite", "3", "2")
    red = {case.get("name"): case.find("failure") for case in suite.findall("testcase")}
    assert red["same"] is None
    failure = red["m[rho=1]"]
    assert failure is not None and failure.text is not None
    assert failure.get("message", "").startswith(
        "suite: arm=plain seed=0: m[rho=1] value: expected 1, found 2"
    )
    assert failure.text.endswith("and 2 more")


def test_markdown_has_a_summary_and_the_first_differences(checked: list[Checked]) -> None:
    text = as_markdown(checked, name="baseline")
    assert text.startswith("## lossbench check: **not** as in `baseline`")
    assert "| suite | 13 | 25 | 1 | 24 | inf |" in text
    assert "| arm=plain seed=0 | m[rho=1] value | 1 | 2 | 1e-06 |" in text
    assert "other\\|one x" in text and "and 14 more" in text


def test_the_first_differences_are_of_as_many_measures_as_there_is_room_for(checked: list[Checked]) -> None:
    chosen = [each.label for each in first(checked[0].comparison.differences)]
    assert chosen == ["m[rho=1]"] * 5 + ["other|one"] * 5
    assert len(first(checked[0].comparison.differences[:3])) == 3
