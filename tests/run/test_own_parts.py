"""Parts of a user's own that do not fit are refused before the first step, with file and line."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmark.cells.cell import Cell
from benchmark.cells.data.digits import Digits
from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import classification
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.run.bench import Bench
from benchmark.run.own_parts import check_parts
from benchmark.run.train import train
from benchmark.store.identity import numerics
from benchmark.store.run_store import Store


@dataclass(frozen=True, kw_only=True)
class Points:
    """Points of the plane in two classes."""

    largest: int = 1
    split_seed: int = 0

    def load(self, device: str = "cpu") -> Splits:
        """Return ten of them, the last of another class."""
        targets = torch.arange(10) % 2
        targets[-1] = self.largest
        examples = Examples(inputs=torch.ones(10, 2), targets=targets)
        task = classification(input_shape=(2,), n_outputs=2, kind="vectors")
        return Splits(train=examples, val=examples.take(slice(0, 0)), test=examples, task=task).to(device)


@dataclass(frozen=True, kw_only=True)
class Net:
    """A linear network, with dropout."""

    n_inputs: int = 2
    n_outputs: int = 2

    def build(self, task: Any) -> nn.Module:
        """Return it."""
        return nn.Sequential(nn.Linear(self.n_inputs, self.n_outputs), nn.Dropout(0.5))


def cell(**parts: Any) -> Cell:
    return Cell(**{"data": Points(), "model": Net(), "training": SGD(batch_size=5, lr=0.1, steps=1), **parts})


def checked(one: Cell, loss: Callable[[Tensor, Tensor], Tensor] | None = None) -> None:
    splits = one.data.load("cpu")
    task = splits.task if loss is None else replace(splits.task, loss=loss)
    check_parts(one, replace(splits, task=task), one.model.build(task))


def place(kind: type) -> str:
    return rf"{kind.__name__} \(run/test_own_parts.py, line {inspect.getsourcelines(kind)[1]}\)"


def test_a_network_that_does_not_take_the_inputs_is_named_with_its_line() -> None:
    with pytest.raises(ValueError, match=f"network of {place(Net)} does not take inputs of shape .3, 2.: "):
        checked(cell(model=Net(n_inputs=3)))


def test_outputs_of_another_size_than_the_task_s_are_refused() -> None:
    with pytest.raises(ValueError, match=f"{place(Net)} returns shape .3, 5. .* n_outputs = 2"):
        checked(cell(model=Net(n_outputs=5)))


def test_a_loss_that_is_a_mean_already_is_refused_with_its_line() -> None:
    with pytest.raises(ValueError, match=rf"task.loss of {place(Points)} returns shape \(\) for 3 examples"):
        checked(cell(), loss=nn.functional.cross_entropy)


def test_a_mean_over_the_examples_is_refused_where_there_are_as_many_outputs() -> None:
    with pytest.raises(
        ValueError, match=rf"task.loss of {place(Points)} returns shape \(2,\) for 3 examples"
    ):
        checked(cell(), loss=lambda outputs, _: outputs.mean(0))


def test_what_is_no_tensor_is_refused_with_its_line() -> None:
    with pytest.raises(ValueError, match=rf"task.loss of {place(Points)} returns a float; return a tensor"):
        checked(cell(), loss=lambda outputs, _: float(outputs.sum()))  # type: ignore[arg-type,return-value]


def test_a_class_that_no_output_stands_for_is_named() -> None:
    with pytest.raises(ValueError, match=f"{place(Points)} has class 7 among its train targets"):
        checked(cell(data=Points(largest=7)))


def test_what_fits_passes_and_leaves_network_and_random_numbers_as_they_were() -> None:
    one = cell()
    module = one.model.build(None).train()
    before = torch.get_rng_state()
    check_parts(one, one.data.load(), module)
    assert module.training and torch.equal(torch.get_rng_state(), before)


def test_a_faulty_network_fails_before_the_first_step(tmp_path: Path) -> None:
    bench = Bench(store=Store(tmp_path), device="cpu", numerics=numerics("cpu"), snapshot_seconds=1e9)
    with pytest.raises(ValueError, match="does not take inputs"):
        train(cell(model=Net(n_inputs=3)), bench)


def test_parts_of_this_package_are_left_alone() -> None:
    one = cell(data=Digits(), model=MLP(width=2, depth=1))
    check_parts(one, None, None)  # type: ignore[arg-type]
