"""Passes that are written out, against those by autograd; several sets of weights, against one at a time."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from benchmark.cells.models.mlp import MLP
from benchmark.cells.stacked.stack import Stack
from benchmark.cells.stacked.stacked_layers import StackedLinear
from benchmark.landscape import written_out
from benchmark.landscape.loss import Landscape
from benchmark.landscape.slices import Evaluator
from benchmark.landscape.tangent_layers import TangentGELU, TangentLinear, TangentResidual, TangentTanh
from benchmark.landscape.written_out import TangentNetwork, WrittenOut, can_be_written_out
from tests.landscape.perceptrons import by_autograd_of, found_at, networks, one, places, plane, points, task
from tests.mutants import Mutant, red_with
from tests.toys import batch_norm_net, perceptron, relu_net


def assert_equal(landscape: Landscape, theta_P: Tensor, tolerance: float) -> None:
    other = by_autograd_of(landscape)
    for name, find in found_at.items():
        found, expected = find(landscape, theta_P), find(other, theta_P)
        scale = max(
            [abs(number) for number in expected.flatten().tolist() if math.isfinite(number)], default=1
        )
        message = f"{name} of {landscape._module}"
        torch.testing.assert_close(
            found / scale, expected / scale, rtol=0, atol=tolerance, equal_nan=True, msg=message
        )


@red_with(
    Mutant(TangentTanh.tangent_backward, "moved += self._bend * self._r", "pass"),
    Mutant(TangentGELU.tangent_backward, " + self._bend * self._r", ""),
    Mutant(TangentGELU.tangent_backward, "self._slope * r_LBG", "r_LBG"),
    Mutant(TangentGELU.tangent, "self._slope * r_LBF", "r_LBF"),
    Mutant(TangentLinear.tangent, "moved += self._v_L1G", "pass"),
    Mutant(TangentLinear.tangent, "moved if self.reads_inputs else moved", "moved"),
    Mutant(
        TangentLinear.tangent_backward,
        "self._weight_gradient.baddbmm_(self._g_LBG.transpose(1, 2), self._r_LBF)",
        "pass",
    ),
    Mutant(TangentLinear.tangent_backward, ".baddbmm_(self._g_LBG, self._v_LGF)", ""),
    Mutant(TangentResidual.tangent_backward, "self._scale * r_LBF", "r_LBF"),
    Mutant(
        TangentNetwork.tangent, "torch.zeros_like(x_LBF) if self.reads_inputs is None else x_LBF", "x_LBF"
    ),
    Mutant(WrittenOut._curvature, "loss.slope_LBK / len(inputs_B)", "loss.slope_LBK"),
    Mutant(WrittenOut._spread, "(0, n_missing)", "(1, n_missing - 1)"),
    Mutant(written_out._product, " / n_examples", ""),
    Mutant(written_out._product, 'if matrix == "hessian"', "if False"),
    Mutant(written_out._Loss._padded, "(0, self._n_padded)", "(self._n_padded, 0)"),
)
def test_every_network_gives_what_autograd_does() -> None:
    for module in networks(torch.float64):
        for kind, chunk_size in (("classes", 5), ("numbers", 2048), ("own", 5)):
            landscape = perceptron(module, kind=kind).landscape(chunk_size=chunk_size)
            assert_equal(landscape, 1.1 * landscape.theta, 1e-12)


def test_in_single_precision_it_does_to_its_rounding() -> None:
    for module in networks(torch.float32):
        landscape = perceptron(module).landscape(chunk_size=8)
        assert_equal(landscape, landscape.theta, 1e-5)


def with_entry(theta_P: Tensor, place: int, number: float) -> Tensor:
    moved_P = theta_P.clone()
    moved_P[place] = number
    return moved_P


@red_with(
    Mutant(WrittenOut.outputs, "(~is_finite_L)", "(~is_finite_L)[:0]"),
    Mutant(WrittenOut.loss_and_gradient, "not bool(loss.total.isfinite())", "False"),
)
def test_what_is_not_finite_is_what_autograd_finds() -> None:
    torch.manual_seed(0)
    for activation in ("relu", "tanh", "gelu"):
        module = MLP(width=7, depth=3, activation=activation).build(task)
        for kind, n_examples in (("classes", 13), ("numbers", 1)):
            landscape = perceptron(module, kind=kind, n_examples=n_examples).landscape()
            theta_P = landscape.theta
            numbers = (math.inf, -math.inf, math.nan)
            moved = [with_entry(theta_P, place, number) for place in (3, -1) for number in numbers]
            for theta in (1e30 * theta_P, 1e18 * theta_P, *moved):
                assert_equal(landscape, theta, 1e-5)


class Doubled(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * super().forward(x)


def changed(change: Callable[[nn.Sequential], object]) -> nn.Module:
    module = nn.Sequential(nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 3)).double()
    change(module)
    return module


others: dict[str, Callable[[nn.Sequential], object]] = {
    "batch norm": lambda m: setattr(m, "1", nn.BatchNorm1d(5).double()),
    "another activation": lambda m: setattr(m, "1", nn.ELU()),
    "another GELU": lambda m: setattr(m, "1", nn.GELU(approximate="tanh")),
    "subclass": lambda m: setattr(m, "2", Doubled(5, 5).double()),
    "layer twice": lambda m: setattr(m, "2", m[0]),
    "tied weights": lambda m: setattr(m[2], "weight", m[0].weight),
    "frozen weight": lambda m: m[2].bias.requires_grad_(False),
    "activation in place": lambda m: setattr(m, "1", nn.ReLU(inplace=True)),
    "hook": lambda m: m[2].register_forward_hook(lambda *_: None),
    "hook before": lambda m: m.register_forward_pre_hook(lambda *_: None),
    "forward of its own": lambda m: setattr(m[0], "forward", m[0].forward),
}


@pytest.mark.parametrize("name", others)
def test_other_networks_go_by_autograd(name: str) -> None:
    landscape = perceptron(changed(others[name])).landscape()
    assert landscape._passes is landscape._plain and landscape.n_together == 1
    theta_P = landscape.theta
    assert math.isfinite(landscape.loss(theta_P))
    assert len(landscape.losses_and_errors(theta_P.expand(3, -1))) == 3
    assert landscape.products("hessian", theta_P.expand(2, -1))(theta_P.expand(2, -1)).shape == (
        2,
        len(theta_P),
    )


@red_with(
    Mutant(can_be_written_out, "dtypes not in ({torch.float32}, {torch.float64})", "False"),
    Mutant(can_be_written_out, "all(type(layer) in tangent_classes for layer in module.modules())", "True"),
)
def test_a_network_is_of_one_precision_and_has_layers_whose_derivatives_are_known() -> None:
    module, inputs = changed(lambda _: None), torch.zeros(4, 5).double()
    assert can_be_written_out(module, inputs, task)
    assert not can_be_written_out(copy.deepcopy(module).to(torch.bfloat16), inputs.to(torch.bfloat16), task)
    assert not can_be_written_out(batch_norm_net().module, torch.zeros(4, 4).double(), task)


def test_the_users_network_stays_as_it_was() -> None:
    module = one()
    before, net = copy.deepcopy(module.state_dict()), perceptron(module)
    landscape = Landscape(module, net.splits.train, task)
    assert_equal(landscape, 2 * landscape.theta, 1e-12)
    landscape.losses_and_errors(points(landscape, 5))
    Evaluator(plane(landscape), [landscape]).rows(places)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(weight.grad is None and weight.requires_grad for weight in module.parameters())
    assert all(layer.training for layer in module.modules())


def refusal(work: Callable[[Tensor], object], theta_P: Tensor) -> str:
    try:
        work(theta_P)
    except (ValueError, IndexError) as error:
        return str(error)
    return "nothing"


@red_with(Mutant(Stack.write, "points_LP.shape != (self._n_lanes, n_numbers)", "False"))
def test_a_vector_of_another_length_is_refused() -> None:
    landscape = relu_net().landscape()
    n_weights = len(landscape.theta)
    for theta_P in (landscape.theta[:-1], torch.cat([landscape.theta, landscape.theta[:1]])):
        expected = f"the vector has {len(theta_P)} entries, the network {n_weights} weights"
        for work in (landscape.loss, landscape.gradient, landscape.hessian(landscape.theta)):
            assert expected in refusal(work, theta_P)


@red_with(Mutant(WrittenOut._spread, "> inputs_bytes", "> 2**62"))
def test_padded_inputs_are_kept_as_long_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    landscape = relu_net().landscape()
    passes = landscape._passes
    assert isinstance(passes, WrittenOut)
    for n_examples in range(2, 9):
        landscape.over(slice(n_examples)).loss(landscape.theta)
    assert len(passes._inputs) == 7
    monkeypatch.setattr(written_out, "inputs_bytes", 2**10)
    for n_examples in range(2, 9):
        some = landscape.over(slice(1, 1 + n_examples))
        assert some.loss(landscape.theta) == pytest.approx(
            by_autograd_of(some).loss(landscape.theta), rel=1e-13
        )
    assert sum(x_BF.nbytes for _, x_BF in passes._inputs.values()) <= 2**10


def test_examples_that_begin_in_the_same_place_are_told_apart() -> None:
    landscape = relu_net().landscape()
    for part in (slice(0, 10), slice(0, 20, 2), slice(0, 30, 3)):
        some = landscape.over(part)
        assert some.loss(landscape.theta) == pytest.approx(
            by_autograd_of(some).loss(landscape.theta), rel=1e-13
        )


def test_too_little_memory_halves_the_chunks_and_changes_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = perceptron(one()).landscape()
    evaluate, theta_P = StackedLinear.evaluate, whole.theta

    def small_memory(layer: StackedLinear, x_LBF: Tensor) -> Tensor:
        if x_LBF.shape[1] > 4:
            raise torch.OutOfMemoryError("no more")
        return evaluate(layer, x_LBF)

    for find in found_at.values():
        expected, landscape = find(whole, theta_P), perceptron(one()).landscape()
        with monkeypatch.context() as patch:
            patch.setattr(StackedLinear, "evaluate", small_memory)
            torch.testing.assert_close(find(landscape, theta_P), expected, rtol=0, atol=1e-12)
        assert landscape.chunk_size in (4, 3)
