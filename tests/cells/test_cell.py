"""Keys name what was asked for, and never change by accident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from benchmark.cells.cell import Cell, Derived, FromCheckpoint, canonical, factors, key, specs_in
from benchmark.cells.data.digits import Digits
from benchmark.cells.derivations.average import Average
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD


def cell(**changes: Any) -> Cell:
    return Cell(
        data=Digits(n_train=500), model=MLP(), training=SGD(batch_size=8, lr=0.1, epochs=1), **changes
    )


def test_key_is_pinned() -> None:
    # results all over the world lie under these names: a change here is a change of every address
    assert cell().key == "85a3f36ab54fae11acb86e7e7c76f6ecee7126ea33066f286ead6b67ef35b963"
    assert (
        cell(start=FromCheckpoint(cell=cell(), step=3)).key
        == "f27d1b44df43c2dace5c3ce0e832b869c13f1d752f5b8f310ef9b50bde6c0aba"
    )


def test_fields_at_their_default_are_left_out() -> None:
    assert canonical(MLP()) == {"=": "MLP"}
    assert canonical(MLP(width=64)) == {"=": "MLP"}
    assert canonical(MLP(width=65)) == {"=": "MLP", "width": 65}


def test_a_new_field_with_a_default_keeps_the_key() -> None:
    def older() -> Any:
        @dataclass(frozen=True, kw_only=True)
        class Spec:
            a: int

        return Spec(a=1)

    def newer(**options: Any) -> Any:
        @dataclass(frozen=True, kw_only=True)
        class Spec:
            a: int
            b: tuple[float, ...] = ()

        return Spec(a=1, **options)

    assert key(older()) == key(newer()) != key(newer(b=(1.0,)))


def test_equal_numbers_have_one_key_and_truth_is_no_number() -> None:
    assert canonical(1.0) == canonical(1) == 1
    assert canonical(True) is True
    assert key((1,)) != key((True,))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        canonical(number)


def test_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        canonical(object())


@pytest.mark.parametrize("stream", ["init_seed", "order_seed", "augment_seed"])
def test_every_stream_is_in_the_key(stream: str) -> None:
    assert cell(**{stream: 1}).key != cell().key


def test_parents_enter_by_their_key() -> None:
    parent = cell()
    child = cell(start=FromCheckpoint(cell=parent, step=5))
    assert canonical(child)["start"]["cell"] == parent.key
    assert child.parents == (parent,)
    average = Cell(
        data=parent.data,
        model=parent.model,
        start=Derived(parents=(parent, cell(init_seed=1)), rule=Average()),
    )
    assert canonical(average)["start"]["parents"] == [parent.key, cell(init_seed=1).key]
    assert parent.data in list(specs_in(average)) and parent.training in list(specs_in(average))


def test_a_cell_without_training_must_be_derived() -> None:
    with pytest.raises(ValueError, match="training"):
        Cell(data=Digits(n_train=500), model=MLP())


def test_factors_are_flat_columns() -> None:
    columns = factors(cell())
    assert columns["model"] == "MLP" and columns["model.width"] == 64
    assert columns["training.batch_size"] == 8 and columns["start"] is None
