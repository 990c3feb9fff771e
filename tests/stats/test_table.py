"""Rows become claims in places: what they are called, of what they are, and whom they are about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmark.stats.claim import Scope
from benchmark.stats.reduce import difference
from benchmark.stats.table import Effect, Place, greater, judged_in, matrices_in, row, tuned_in

legs = (greater(difference("x", factor="width", first="max", second="min"), Effect(0.1, "nats")),)
digits = Place(
    suffix="digits", where="Digits", scope=Scope(data=("Digits",)), population={"network": "mlp"}, family=2,
    tuned_family=3, columns={"fixed": {"arm": "width"}, "tuned": {"tuned": True}},
)  # fmt: skip
plain = row("S1.C1", "x grows", *legs, source="a", arm="width", among={"member": 1}, tuned=True,
            definitions={"x": legs})  # fmt: skip
other = row("S1.C10", "y grows", *legs, source="a", ending="peak", arm="width", confirmatory=False)


def test_a_row_is_a_claim_of_a_place_and_one_on_tuned_networks() -> None:
    rows = (plain, other)
    first, second = judged_in(digits, rows)
    (tuned,) = tuned_in(digits, rows, words="Tuned")
    assert [(one.id, one.of, one.tuned_of, one.family) for one in (first, second, tuned)] == [
        ("S1.C1-digits", "S1.C1", "", 2),
        ("S1.C10-digits-peak", "S1.C10", "", 2),
        ("S1.C1-digits-tuned", "S1.C1", "S1.C1-digits", 3),
    ]
    assert first.population == {"arm": "width", "network": "mlp", "member": 1}
    assert tuned.population == {"tuned": True, "network": "mlp", "member": 1}
    assert (first.statement, tuned.statement) == ("Digits: x grows", "Tuned: Digits: x grows")
    assert first.legs == tuned.legs == legs and first.scope == digits.scope


def test_a_matrix_has_the_definitions_of_the_row_and_the_columns_of_the_place() -> None:
    (matrix,) = matrices_in(digits, (plain, other))
    assert (matrix.claim, matrix.rows) == ("S1.C1-digits", {"x": legs})
    assert matrix.columns == {
        "fixed": {"arm": "width", "network": "mlp", "member": 1},
        "tuned": {"tuned": True, "network": "mlp", "member": 1},
    }
    (cell, _) = matrix.claims(judged_in(digits, (plain,))[0]).values()
    assert (cell.id, cell.root) == ("S1.C1-digits [x; fixed]", "S1.C1")


def test_a_row_with_a_population_of_its_own_has_no_tuned_claim() -> None:
    chosen = replace(other, arm=None, population={"arm": "line"})
    assert judged_in(digits, (chosen,))[0].population == {"arm": "line"}
    with pytest.raises(ValueError, match=r"row 'S1.C1' has a population of its own"):
        replace(plain, population={"arm": "line"})
    with pytest.raises(ValueError, match="takes the place of arm and among"):
        replace(chosen, arm="line")


def test_a_row_about_tuned_networks_needs_a_place_with_a_family_for_them() -> None:
    with pytest.raises(ValueError, match=r"give Place\('digits'\) a tuned_family"):
        tuned_in(replace(digits, tuned_family=0), (replace(plain, tuned=True),), words="w")
