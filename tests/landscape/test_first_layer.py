"""The first layer on a slice: equal to direct evaluation, and left alone where it would not be."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from benchmark.cells.data.task import classification
from benchmark.cells.models.layers import Residual
from benchmark.landscape.first_layer import FirstLayer, _first, factored
from benchmark.landscape.kept_outputs import Kept
from benchmark.landscape.loss import BatchNorm, Landscape
from benchmark.landscape.slices import Evaluator, Slice, random_slice
from benchmark.landscape.trained import Trained
from tests.mutants import Mutant, red_with
from tests.toys import batch_norm_net, relu_net, trained

budget = 2**28
policies: tuple[BatchNorm, ...] = get_args(BatchNorm)
places = [(0.3, -0.7), (0.3, 0.0), (0.0, 0.9), (-1.0, 1.0), (0.0, 0.0), (0.3, 0.4)]


def images(*layers: nn.Module, dtype: torch.dtype = torch.float64) -> Trained:
    """Return a stack of layers on 20 random pictures of 2 x 6 x 6, in 3 classes."""
    torch.manual_seed(0)
    pictures = torch.randn(20, 2, 6, 6, dtype=dtype)
    task = classification(input_shape=(2, 6, 6), n_outputs=3)
    return trained(nn.Sequential(*layers).to(dtype), pictures, torch.arange(20) % 3, task=task)


def conv_net(dtype: torch.dtype = torch.float64) -> Trained:
    torch.manual_seed(1)
    conv, head = nn.Conv2d(2, 5, 3, padding=1), nn.Linear(5 * 36, 3)
    return images(conv, nn.ReLU(inplace=True), nn.Flatten(), head, dtype=dtype)


def norm_conv_net() -> Trained:
    torch.manual_seed(1)
    first, second = nn.Conv2d(2, 5, 3, bias=False), nn.Conv2d(5, 4, 3)
    body = (first, nn.BatchNorm2d(5), nn.ReLU(), second, nn.BatchNorm2d(4), nn.ReLU())
    return images(*body, nn.Flatten(), nn.Linear(16, 3))


def residual_mlp() -> Trained:
    torch.manual_seed(1)
    block = Residual(nn.Sequential(nn.Linear(8, 8), nn.ReLU()), scale=0.5)
    return images(nn.Flatten(), nn.Linear(72, 8), nn.ReLU(), block, nn.Linear(8, 3))


class Custom(nn.Module):
    """A network of two linear layers, run by any function of it."""

    def __init__(self, run: Callable[[Custom, Tensor], Tensor]) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.3))
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 3)
        self.run = run
        self.scratch = torch.zeros(30, 4).double()

    def forward(self, x: Tensor) -> Tensor:
        return self.run(self, x)


def custom(
    run: Callable[[Custom, Tensor], Tensor], change: Callable[[Custom], object] = lambda m: None
) -> Trained:
    torch.manual_seed(2)
    module = Custom(run).double()
    change(module)
    task = classification(input_shape=(4,), n_outputs=3, kind="vectors")
    return trained(module, torch.randn(30, 4).double(), torch.arange(30) % 3, task=task)


def plain(net: Custom, x: Tensor) -> Tensor:
    hidden: Tensor = net.second(torch.relu(net.first(x)))
    return hidden


def plane(landscape: Landscape) -> Slice:
    return random_slice(landscape, torch.Generator().manual_seed(3), biases="kept")


def standin(landscape: Landscape) -> object:
    drawn = plane(landscape)
    return factored(landscape, drawn.origin, drawn.axes, budget=budget)[1]


def assert_equal_to_direct_evaluation(landscape: Landscape, *, rel: float) -> None:
    drawn = plane(landscape)
    evaluate = Evaluator(drawn, [landscape])
    for place in places:
        expected = landscape.loss_and_error(drawn.at(*place))
        assert evaluate(place) == pytest.approx(expected, rel=rel), place
    assert evaluate((0.0, 0.0)) == list(landscape.loss_and_error(landscape.theta)), "bit for bit"


@red_with(
    Mutant(Kept.at, "self.coordinates != coordinates[:-1]", "False"),
    Mutant(Kept.at, "self.partial.clone()", "self.partial"),
    Mutant(Kept.at, "alpha=coordinates[-1]", "alpha=coordinates[0]"),
)
def test_every_network_gives_the_values_of_direct_evaluation() -> None:
    for build in (relu_net, conv_net, residual_mlp, batch_norm_net, norm_conv_net):
        for policy in policies:
            landscape = build().landscape(batch_norm=policy, chunk_size=5)
            assert standin(landscape) is not None
            assert_equal_to_direct_evaluation(landscape, rel=1e-11)


@pytest.mark.usefixtures("by_autograd")
def test_networks_that_are_written_out_elsewhere_give_them_by_autograd_too() -> None:
    for build in (relu_net, residual_mlp):
        landscape = build().landscape(chunk_size=5)
        assert isinstance(standin(landscape), FirstLayer)
        assert_equal_to_direct_evaluation(landscape, rel=1e-11)


def test_in_single_precision_the_values_agree_to_its_rounding() -> None:
    assert_equal_to_direct_evaluation(conv_net(torch.float32).landscape(), rel=1e-6)


@pytest.mark.usefixtures("by_autograd")
@red_with(Mutant(FirstLayer.forward, "self.examples.data_ptr(),", "0,"))
def test_the_layers_own_forward_pass_runs_once_per_chunk_origin_and_axis(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    forward = nn.Linear.forward

    def counted(layer: nn.Linear, x: Tensor) -> Tensor:
        calls.append(layer.in_features)
        return forward(layer, x)

    landscape = relu_net().landscape(chunk_size=15)  # 30 examples: two chunks
    evaluate = Evaluator(plane(landscape), [landscape])
    monkeypatch.setattr(nn.Linear, "forward", counted)
    for place in places:
        evaluate(place)
    assert calls.count(4) == 3 * 2
    assert calls.count(6) == len(places) * 2


@pytest.mark.usefixtures("by_autograd")
@red_with(Mutant(FirstLayer._computed, "size > self.budget", "False"))
def test_a_layer_whose_outputs_take_too_much_memory_computes_them_itself() -> None:
    landscape = relu_net().landscape(chunk_size=10)
    drawn = plane(landscape)
    one_chunk = 10 * 6 * 8 * 4  # outputs at origin, two axes, and a sum, in float64
    changed, layer = factored(landscape, drawn.origin, drawn.axes, budget=2 * one_chunk)
    assert isinstance(layer, FirstLayer)
    layer.move_to([places[0]])
    theta_P = drawn.at(*places[0])
    assert changed.loss(theta_P) == pytest.approx(landscape.loss(theta_P), rel=1e-12)
    assert [kept is not None for kept in layer.kept.values()] == [True, True, False]
    assert layer.budget == 0


@pytest.mark.usefixtures("by_autograd")
def test_halved_chunks_are_computed_anew() -> None:
    landscape = relu_net().landscape(chunk_size=16)
    drawn = plane(landscape)
    changed, layer = factored(landscape, drawn.origin, drawn.axes, budget=budget)
    assert isinstance(layer, FirstLayer)
    layer.move_to([places[0]])
    before = changed.loss(drawn.at(*places[0]))
    changed.chunk_size = 8
    assert changed.loss(drawn.at(*places[0])) == pytest.approx(before, rel=1e-13)
    assert len(layer.kept) == 2 + 4


class Doubled(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * super().forward(x)


def scaled_input(net: Custom, x: Tensor) -> Tensor:
    return plain(net, x * net.scale)


def thresholded_input(net: Custom, x: Tensor) -> Tensor:
    return plain(net, (x > net.scale).to(x))  # no gradient, yet moved by the weights


def detached_input(net: Custom, x: Tensor) -> Tensor:
    return plain(net, (x * net.scale).detach())


def twice(net: Custom, x: Tensor) -> Tensor:
    return plain(net, torch.relu(net.first(x)))


def without_call(net: Custom, x: Tensor) -> Tensor:
    hidden = functional.linear(x, net.first.weight, net.first.bias)
    return plain(net, hidden)


def by_keyword(net: Custom, x: Tensor) -> Tensor:
    hidden: Tensor = net.second(torch.relu(net.first(input=x)))
    return hidden


def normed_input() -> Trained:
    norm = nn.BatchNorm2d(2, affine=False)
    return images(norm, nn.Flatten(), nn.Linear(72, 3))


unfit: dict[str, Trained] = {
    "input scaled by a weight": custom(scaled_input),
    "layer used twice": custom(twice),
    "layer's weights used without the layer": custom(without_call),
    "input given by keyword": custom(by_keyword),
    "layer of another class": custom(plain, lambda net: setattr(net, "first", Doubled(4, 4).double())),
    "weight computed from another": custom(plain, lambda net: weight_norm(net.first)),
    "a bias that is not trained": custom(plain, lambda net: net.first.bias.requires_grad_(False)),
    "no layer at all": custom(lambda net, x: x[:, :3] * net.scale),
}


@red_with(
    Mutant(_first, "not arguments[0].requires_grad", "True"),
    Mutant(_first, " and names.count(name) == 1", ""),
    Mutant(_first, "type(layer) in layer_types", "isinstance(layer, layer_types)"),
)
def test_a_layer_whose_outputs_do_more_than_move_along_is_not_factored() -> None:
    for name, net in unfit.items():
        landscape = net.landscape()
        assert standin(landscape) is None, name
        assert_equal_to_direct_evaluation(landscape, rel=1e-12)


@red_with(Mutant(FirstLayer.forward, " or not kept.is_for(x_B)", ""))
def test_an_input_that_moves_without_a_gradient_is_noticed() -> None:
    for run in (thresholded_input, detached_input):
        landscape = custom(run).landscape()
        assert standin(landscape) is not None
        assert_equal_to_direct_evaluation(landscape, rel=1e-12)


@red_with(Mutant(FirstLayer.forward, " or not kept.is_for(x_B)", ""))
def test_an_input_that_depends_on_recalibrated_statistics_is_noticed() -> None:
    for policy in policies:
        assert_equal_to_direct_evaluation(normed_input().landscape(batch_norm=policy), rel=1e-12)


def written_in_place(net: Custom, x: Tensor) -> Tensor:
    with torch.no_grad():
        net.scratch.copy_(x * net.scale)
    return plain(net, net.scratch)


@red_with(Mutant(FirstLayer._computed, "x_B.clone()", "x_B"))
def test_an_input_that_is_overwritten_in_its_place_is_noticed() -> None:
    net = custom(lambda net, x: written_in_place(net, x) if len(x) == 30 else plain(net, x))
    assert_equal_to_direct_evaluation(net.landscape(), rel=1e-12)


def test_a_layer_whose_weights_another_one_shares_is_factored() -> None:
    def tied(net: Custom, x: Tensor) -> Tensor:
        return plain(net, x) + functional.linear(x, net.first.weight)[:, :3]

    landscape = custom(tied).landscape()
    assert standin(landscape) is not None
    assert_equal_to_direct_evaluation(landscape, rel=1e-12)


def test_a_layer_that_is_the_whole_network_is_factored() -> None:
    task = classification(input_shape=(4,), n_outputs=3, kind="vectors")
    net = trained(nn.Linear(4, 3).double(), torch.randn(9, 4).double(), torch.arange(9) % 3, task=task)
    landscape = net.landscape()
    assert standin(landscape) is not None
    assert_equal_to_direct_evaluation(landscape, rel=1e-12)


@pytest.mark.parametrize("policy", ["frozen", "batch", "recalibrated"])
def test_the_landscape_itself_stays_as_it_is(policy: BatchNorm) -> None:
    landscape = norm_conv_net().landscape(batch_norm=policy)
    drawn, moved_P = plane(landscape), landscape.theta + 0.1
    before = landscape.loss(moved_P)
    evaluate = Evaluator(drawn, [landscape])
    evaluate((0.5, 0.5))
    assert landscape.loss(moved_P) == before
    assert landscape.theta.grad is None and not landscape.theta.requires_grad
