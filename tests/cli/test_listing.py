"""Lists of what there is."""

from __future__ import annotations

import json
import re

import pytest

from tests.command_line import Lossbench


@pytest.mark.parametrize("noun", ["suites", "measures", "claims", "models", "data", "verdicts"])
def test_everything_can_be_listed_as_json(noun: str, lossbench: Lossbench) -> None:
    code, out, _ = lossbench("list", noun, "--json")
    assert code == 0
    assert isinstance(json.loads(out), list)


def test_without_a_noun_it_says_how_much_there_is_of_each_on_one_screen(lossbench: Lossbench) -> None:
    code, out, _ = lossbench("list")
    everything = json.loads(lossbench("list", "--json")[1])
    assert code == 0 and out.count("\n") <= 24
    for noun, rows in everything.items():
        assert re.search(rf"{noun} +{len(rows)} +lossbench list {noun}", out), noun


def test_lists_name_what_there_is(lossbench: Lossbench) -> None:
    assert "example" in lossbench("list", "suites")[1]
    assert "EX.C1" in lossbench("list", "claims")[1]
    assert "weight_norm" in lossbench("list", "measures")[1]
    assert "MLP" in lossbench("list", "models")[1]
    assert "embedded" in lossbench("data", "list")[1]
