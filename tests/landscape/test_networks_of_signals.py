"""Landscapes of networks that read signals, against brute force and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.autograd.functional import hessian
from torch.func import functional_call

from benchmark.cells.models.signal_cnn import SignalCNN
from benchmark.cells.models.signal_resnet import SignalResNet
from benchmark.landscape.batch_norm import recalibrated
from benchmark.landscape.by_autograd import ByAutograd
from benchmark.landscape.first_layer import FirstLayer, factored
from benchmark.landscape.kept_outputs import Kept
from benchmark.landscape.slices import Evaluator, random_slice
from benchmark.landscape.trained import Trained
from benchmark.landscape.weights import unflatten
from tests.cells.models.networks import Model, batch, built, scrambled, signals
from tests.mutants import Mutant, red_with
from tests.toys import dense_hessian, trained

task = signals(2, 12, n_outputs=3)


def network(model: Model) -> Trained:
    inputs, targets = batch(task, 32)
    return trained(scrambled(built(model, task)), inputs.double(), targets, task=task)


@red_with(Mutant(ByAutograd.hessian, " / len(inputs_B)", ""))
def test_hessian_products_agree_with_the_full_hessian() -> None:
    net = network(SignalCNN(width=2))
    landscape = net.landscape()
    examples = landscape.examples

    def loss(theta: torch.Tensor) -> torch.Tensor:
        outputs = functional_call(net.module, unflatten(theta, landscape.like), (examples.inputs,))
        return task.loss(outputs, examples.targets).mean()

    expected = hessian(loss, landscape.theta)  # type: ignore[no-untyped-call]
    torch.testing.assert_close(dense_hessian(landscape), expected, rtol=0, atol=1e-12)


@red_with(
    Mutant(recalibrated, ".train().momentum = None", ".train().momentum = 0.1"),
    Mutant(recalibrated, "buffer.zero_()", "buffer.fill_(1)"),
)
def test_recalibrated_statistics_of_a_signal_are_over_examples_and_places() -> None:
    net = network(SignalResNet(depth=8, width=3))
    landscape = net.landscape(batch_norm="recalibrated", chunk_size=8)
    buffers = landscape.recalibrated_buffers(landscape.theta)
    stem = net.module.get_submodule("stem.0")
    assert isinstance(stem, nn.Conv1d)
    before_norm = stem(net.splits.train.inputs).detach().numpy()  # (32, 3, 12)
    chunks = [chunk.transpose(1, 0, 2).reshape(3, -1) for chunk in np.split(before_norm, 4)]
    for name, expected in {
        "running_mean": np.mean([chunk.mean(1) for chunk in chunks], 0),
        "running_var": np.mean([chunk.var(1, ddof=1) for chunk in chunks], 0),
    }.items():
        np.testing.assert_allclose(buffers[f"stem.1.{name}"].numpy(), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("model", [SignalCNN(width=3), SignalResNet(depth=8, width=3)], ids=str)
def test_a_surface_of_the_first_layer_computed_once_is_the_surface(model: Model) -> None:
    check_surface(model)


@red_with(Mutant(Kept.at, "alpha=coordinates[-1]", "alpha=2 * coordinates[-1]"))
def test_a_wrong_first_layer_is_seen() -> None:
    check_surface(SignalCNN(width=3))


def check_surface(model: Model) -> None:
    landscape = network(model).landscape()
    plane = random_slice(landscape, torch.Generator().manual_seed(0))
    _, layer = factored(landscape, plane.origin, plane.axes, budget=2**20)
    assert isinstance(layer, FirstLayer)
    points = [(0.0, 0.0), (0.5, -0.25), (-1.0, 1.0)]
    found = Evaluator(plane, [landscape]).rows(points)
    expected = [landscape.loss_and_error(plane.at(*point)) for point in points]
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-12)
