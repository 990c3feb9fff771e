"""Which part of a suite is checked, and what became of cells that are gone."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmark.published.check.gone import became, gone_cells
from benchmark.published.check.scope import CannotCompare, Scope, parsed_only, require_something
from tests.published.check.tables import row, table

factors = {"data": "Digits", "training.batch_size": 8, "training.lr": 0.1, "arm": "plain", "nesterov": True}


def test_cells_are_chosen_by_factors_and_seed() -> None:
    def has(text: str, seeds: frozenset[int] | None = None) -> bool:
        return Scope(only=parsed_only(text), seeds=seeds).has_cell(factors, 3)

    assert has("") and has("arm=plain") and has("arm=plain, lr=1e-1") and has("training.batch_size=8.0")
    assert has("nesterov=true") and has("batch_size=8", frozenset([3]))
    assert not has("arm=other") and not has("lr=0.2") and not has("width=4")
    assert not has("", frozenset([0]))


def test_measures_are_chosen_by_label_or_family() -> None:
    chosen = Scope(only={}, measures=("m[rho=1]", "history"))
    assert chosen.has_measure("m", "m[rho=1]") and chosen.has_measure("history", "history")
    assert not chosen.has_measure("m", "m") and Scope(only={}).has_measure("m", "m")
    assert Scope(only={}, measures=("m",)).has_measure("m", "m[rho=1]")
    assert Scope(only={}, seeds=frozenset([1])).is_whole and not chosen.is_whole


def test_rows_are_those_of_the_chosen_cells_and_measures() -> None:
    frame = pd.DataFrame([row(), row(seed=1), row(label="other", measure="other")])
    assert len(Scope(only={"arm": "plain"}, seeds=frozenset([0]), measures=("m",)).rows(frame)) == 1


def test_a_scope_without_an_equals_sign_is_refused() -> None:
    with pytest.raises(CannotCompare, match="write --only 'arm=width,width=64'"):
        parsed_only("arm")


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope(only={}, measures=("n[rho=1]",)), "did you mean 'm\\[rho=1\\]'"),
        (Scope(only={"arms": "plain"}), "has the factor 'arms'; did you mean 'arm'"),
        (Scope(only={"arm": "plane"}), "arm=plane is in no cell of s in the baseline; there: plain"),
        (Scope(only={}, seeds=frozenset([7])), "its seeds are 0 to 0"),
    ],
)
def test_what_is_not_in_the_baseline_is_refused_with_what_is(scope: Scope, said: str) -> None:
    with pytest.raises(CannotCompare, match=said):
        require_something(scope, pd.DataFrame([row()]), "s")


def test_a_cell_that_is_gone_is_told_with_the_factor_that_changed() -> None:
    baseline = table(row(), row(cells=["b"], factors='{"arm": "other"}'))
    other = {"training.lr": 0.05, "arm": "plain"}
    gone = gone_cells(baseline, baseline, {"new": other, "b": {}}, suite="s")
    assert list(gone) == ["a0"]
    assert str(gone["a0"]) == (
        "s: arm=plain seed=0: cell: expected there, found no longer a cell of the suite; "
        "nearest to it: training.lr 0.1 -> 0.05"
    )


def test_a_cell_unlike_all_others_is_just_gone() -> None:
    assert became({"a": 1, "b": 2, "c": 3, "d": 4}, [{"a": 9, "b": 9, "c": 9, "d": 9}]) == (
        "no longer a cell of the suite"
    )
    assert became({"a": 1}, []) == "no longer a cell of the suite"
    assert became({"start.parents": "[1]"}, [{"start.parents": "[2]"}]).endswith(
        "another parent -> another parent"
    )
