"""L(theta) against brute force, closed forms, and its own promises."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.autograd.functional import hessian, jacobian
from torch.func import functional_call

from benchmark.cells.data.task import classification, regression
from benchmark.landscape.batch_norm import forget_statistics, recalibrated
from benchmark.landscape.by_autograd import ByAutograd
from benchmark.landscape.chunks import InChunks
from benchmark.landscape.loss import BatchNorm, Landscape
from benchmark.landscape.weights import flatten, lerp_buffers, unflatten
from tests.mutants import Mutant, red_with
from tests.toys import (
    batch_norm_net,
    dense_hessian,
    quadratic,
    relu_net,
    tensor,
    trained,
)


def by_hand(landscape: Landscape, module: nn.Module, theta: Tensor) -> Tensor:
    """Mean loss by one call of the module, for autograd to differentiate."""
    outputs = functional_call(module, unflatten(theta, landscape.like), (landscape.examples.inputs,))
    mean: Tensor = landscape.task.loss(outputs, landscape.examples.targets).mean()
    return mean


@red_with(
    Mutant(Landscape.loss_and_gradient, "gradient_P / len(self.examples)", "gradient_P"),
    Mutant(Landscape.loss_and_gradient, "float(total) / len(self.examples)", "float(total)"),
    Mutant(Landscape.loss, ".mean()", ".sum()"),
)
def test_loss_and_gradient_agree_with_brute_force_away_from_the_centre() -> None:
    net = relu_net()
    landscape = net.landscape()
    theta = landscape.theta + 0.1
    slope = jacobian(lambda t: by_hand(landscape, net.module, t), theta)  # type: ignore[no-untyped-call]
    loss = float(by_hand(landscape, net.module, theta))
    assert landscape.loss(theta) == pytest.approx(loss, rel=1e-13)
    assert landscape.loss_and_gradient(theta)[0] == pytest.approx(loss, rel=1e-13)
    torch.testing.assert_close(landscape.gradient(theta), slope, rtol=0, atol=1e-13)


@pytest.mark.usefixtures("by_autograd")
@red_with(Mutant(ByAutograd.hessian, " / len(inputs_B)", ""))
def test_hessian_products_agree_with_the_full_hessian() -> None:
    net = relu_net()
    landscape = net.landscape()
    assert landscape.n_weights == 83
    expected = hessian(lambda t: by_hand(landscape, net.module, t), landscape.theta)  # type: ignore[no-untyped-call]
    torch.testing.assert_close(dense_hessian(landscape), expected, rtol=0, atol=1e-12)


@red_with(
    Mutant(InChunks._averaged, "built(vector_P) * (len(inputs_B) / n_examples)", "built(vector_P) / 5"),
    Mutant(InChunks._summed, "[a + b for", "[(a + b) / 2 for"),
)
def test_the_split_into_chunks_changes_rounding_only() -> None:
    net = relu_net()
    whole, parts = net.landscape(), net.landscape(chunk_size=7)  # 30 = 4 x 7 + 2
    theta = whole.theta
    vector = torch.arange(83) / 83.0 + theta
    assert parts.loss_and_error(theta) == pytest.approx(whole.loss_and_error(theta), rel=1e-12)
    torch.testing.assert_close(parts.outputs(theta), whole.outputs(theta), rtol=0, atol=1e-10)
    torch.testing.assert_close(parts.gradient(theta), whole.gradient(theta), rtol=0, atol=1e-10)
    torch.testing.assert_close(parts.hessian(theta)(vector), whole.hessian(theta)(vector), rtol=0, atol=1e-10)


@pytest.mark.usefixtures("by_autograd")
def test_too_little_memory_halves_the_chunks_and_changes_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    landscape = relu_net().landscape()
    expected = landscape.loss(landscape.theta)
    forward = nn.Linear.forward

    def small_memory(layer: nn.Linear, inputs: Tensor) -> Tensor:
        if len(inputs) > 8:
            raise torch.OutOfMemoryError("no more")
        return forward(layer, inputs)

    monkeypatch.setattr(nn.Linear, "forward", small_memory)
    assert landscape.loss(landscape.theta) == pytest.approx(expected, rel=1e-13)
    assert landscape.chunk_size == 8


@pytest.mark.parametrize("policy", ["frozen", "batch", "recalibrated"])
@pytest.mark.parametrize("training", [True, False])
def test_the_users_network_stays_as_it_was(policy: BatchNorm, training: bool) -> None:
    net = batch_norm_net()
    net.module.train(training)
    before = copy.deepcopy(net.module.state_dict())
    landscape = net.landscape(batch_norm=policy)
    moved = landscape.theta + 1
    landscape.loss(moved)
    if policy != "recalibrated":
        landscape.gradient(moved)
        landscape.hessian(moved)(moved)
    after = net.module.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert all(weight.grad is None for weight in net.module.parameters())
    assert all(layer.training is training for layer in net.module.modules())


def moved_state(net_landscape: Landscape) -> tuple[Tensor, dict[str, Tensor]]:
    theta = 1.3 * net_landscape.theta + 0.1
    return theta, unflatten(theta, net_landscape.like)


def test_frozen_batch_norm_keeps_the_statistics_of_the_centre() -> None:
    net = batch_norm_net()
    landscape = net.landscape(batch_norm="frozen")
    theta, weights = moved_state(landscape)
    reference = copy.deepcopy(net.module).eval()
    expected = functional_call(reference, weights, (net.splits.train.inputs,))
    torch.testing.assert_close(landscape.outputs(theta), expected, rtol=0, atol=1e-13)


def test_batch_norm_by_batch_uses_the_statistics_of_the_evaluated_chunk() -> None:
    net = batch_norm_net()
    landscape = net.landscape(batch_norm="batch", chunk_size=16)
    theta, weights = moved_state(landscape)
    reference = copy.deepcopy(net.module).train()
    expected = [
        functional_call(reference, weights, (half,)) for half in torch.split(net.splits.train.inputs, 16)
    ]
    torch.testing.assert_close(landscape.outputs(theta), torch.cat(expected), rtol=0, atol=1e-13)


@red_with(
    Mutant(recalibrated, ".train().momentum = None", ".train().momentum = 0.1"),
    Mutant(recalibrated, "buffer.zero_()", "buffer.fill_(1)"),
)
def test_recalibrated_statistics_are_the_mean_of_the_chunks_statistics() -> None:
    net = batch_norm_net()
    landscape = net.landscape(batch_norm="recalibrated", chunk_size=8)
    theta, weights = moved_state(landscape)
    before_norm = net.splits.train.inputs.numpy() @ weights["0.weight"].numpy().T + weights["0.bias"].numpy()
    chunks = np.split(before_norm, 4)
    buffers = landscape.recalibrated_buffers(theta)
    mean, variance = np.mean([c.mean(0) for c in chunks], 0), np.mean([c.var(0, ddof=1) for c in chunks], 0)
    np.testing.assert_allclose(buffers["1.running_mean"].numpy(), mean, rtol=0, atol=1e-13)
    np.testing.assert_allclose(buffers["1.running_var"].numpy(), variance, rtol=0, atol=1e-13)
    frozen = net.landscape(batch_norm="frozen")
    torch.testing.assert_close(landscape.outputs(theta), frozen.outputs(theta, buffers), rtol=0, atol=1e-13)


def test_recalibration_leaves_the_landscapes_own_statistics_alone() -> None:
    net = batch_norm_net()
    landscape = net.landscape(batch_norm="recalibrated")
    first = landscape.loss(landscape.theta)
    landscape.loss(landscape.theta + 1)
    assert torch.equal(
        landscape.buffers["1.running_mean"], dict(net.module.named_buffers())["1.running_mean"]
    )
    assert landscape.loss(landscape.theta) == first


def test_statistics_given_with_a_call_overrule_the_policy() -> None:
    net, other = batch_norm_net(), batch_norm_net(seed=1)
    landscape = net.landscape()
    buffers = lerp_buffers(landscape.buffers, dict(other.module.named_buffers()), 0.5)
    reference = copy.deepcopy(net.module)
    reference.load_state_dict(buffers, strict=False)
    expected = Landscape(reference, net.splits.train, net.splits.task)
    assert (
        landscape.loss(landscape.theta, buffers)
        == expected.loss(expected.theta)
        != landscape.loss(landscape.theta)
    )


def test_recalibrated_batch_norm_has_no_derivatives() -> None:
    landscape = batch_norm_net().landscape(batch_norm="recalibrated")
    for derivative in (landscape.gradient, landscape.hessian):
        with pytest.raises(ValueError, match="use 'frozen' or 'batch'"):
            derivative(landscape.theta)


@red_with(
    Mutant(
        forget_statistics,
        "layer.running_mean = layer.running_var = layer.num_batches_tracked = None",
        "pass",
    )
)
def test_curvature_of_scale_invariant_weights_falls_with_the_square_of_their_norm() -> None:
    net = batch_norm_net()

    def scaled_curvature(c: float) -> float:
        landscape = net.landscape(batch_norm="batch")
        own = torch.cat(
            [torch.full((w.numel(),), name.startswith("0.")) for name, w in landscape.like.items()]
        )
        theta = torch.where(own, c * landscape.theta, landscape.theta)
        matrix = torch.stack(
            [landscape.hessian(theta)(row) for row in torch.eye(landscape.n_weights).double()]
        )
        return float(torch.linalg.eigvalsh(matrix[own][:, own])[-1]) * c**2

    # epsilon of the batch norm, 1e-5 beside variances of order 1, breaks the invariance by about as much
    assert scaled_curvature(2) == pytest.approx(scaled_curvature(1), rel=1e-4)
    assert scaled_curvature(10) == pytest.approx(scaled_curvature(1), rel=1e-4)


@pytest.mark.usefixtures("by_autograd")
@red_with(Mutant(ByAutograd.hessian, " / len(inputs_B)", ""))
def test_softmax_regression_at_zero_has_a_kronecker_hessian() -> None:
    n, k = 40, 3
    inputs = torch.randn(n, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    module = nn.Linear(4, k, bias=False).double()
    nn.init.zeros_(module.weight)
    task = classification(input_shape=(4,), n_outputs=k, kind="vectors")
    matrix = dense_hessian(trained(module, inputs, torch.arange(n) % k, task=task).landscape())
    second_moment = inputs.T @ inputs / n
    expected = torch.kron(torch.eye(k).double() / k - torch.ones(k, k).double() / k**2, second_moment)
    torch.testing.assert_close(matrix, expected, rtol=0, atol=1e-12)
    assert float(torch.linalg.eigvalsh(matrix)[-1]) == pytest.approx(
        float(torch.linalg.eigvalsh(second_moment)[-1]) / k, rel=1e-12
    )
    assert float(matrix.trace()) == pytest.approx(
        (1 - 1 / k) * float(inputs.square().sum(1).mean()), rel=1e-12
    )


def test_error_is_the_share_of_wrong_predictions_and_nan_without_classes() -> None:
    inputs = tensor([1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0])
    module = nn.Identity().double()
    module.register_parameter("unused", nn.Parameter(tensor(0.0)))
    task = classification(input_shape=(2,), n_outputs=2, kind="vectors")
    landscape = trained(module, inputs, torch.tensor([0, 1, 1, 1]), task=task).landscape()
    assert landscape.error(landscape.theta) == 0.25
    numbers = trained(module, inputs, inputs, task=regression(input_shape=(2,), n_outputs=2)).landscape()
    assert numbers.loss(numbers.theta) == 0 and np.isnan(numbers.error(numbers.theta))


def test_a_part_of_the_examples_has_a_landscape_of_its_own() -> None:
    landscape = relu_net().landscape()
    losses = landscape.losses(landscape.theta)
    assert landscape.over(slice(3, 9)).loss(landscape.theta) == pytest.approx(
        float(losses[3:9].mean()), rel=1e-13
    )
    assert len(landscape.examples) == 30


def test_dtype_converts_weights_and_inputs() -> None:
    net = relu_net()
    single = Landscape(net.module, net.splits.train, net.splits.task, dtype=torch.float32)
    assert single.theta.dtype == single.examples.inputs.dtype == torch.float32
    assert single.loss(single.theta) == pytest.approx(net.landscape().loss(net.landscape().theta), rel=1e-5)


def test_a_landscape_says_what_is_wrong() -> None:
    net = quadratic(tensor(1.0), tensor(0.0))
    examples, task = net.splits.train, net.splits.task
    with pytest.raises(ValueError, match="choose one of frozen, batch, recalibrated"):
        Landscape(net.module, examples, task, batch_norm="anchor")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="is empty"):
        Landscape(net.module, examples.take(slice(0, 0)), task)
    with pytest.raises(ValueError, match="needs calibration"):
        Landscape(net.module, examples, task, batch_norm="recalibrated")
    with pytest.raises(ValueError, match="2 entries, the network 1 weights"):
        net.landscape().loss(flatten({"a": tensor(0.0), "b": tensor(0.0)}))
