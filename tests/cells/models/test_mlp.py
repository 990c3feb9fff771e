"""Fully connected networks."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmark.cells.data.task import Task
from benchmark.cells.models.layers import draw_kaiming
from benchmark.cells.models.mlp import MLP
from tests.cells.models.networks import batch, built, images, n_weights
from tests.mutants import Mutant, red_with

small = images(1, 8)


def test_parameter_counts() -> None:
    assert n_weights(MLP(width=256, depth=3), images(1, 28)) == 335_114
    assert n_weights(MLP(depth=0), images(1, 8)) == 64 * 10 + 10
    with_norm = 64 * 5 + 2 * 5 + 5 * 5 + 2 * 5 + 5 * 10 + 10  # no bias before a norm
    assert n_weights(MLP(width=5, depth=2, norm="batch"), images(1, 8)) == with_norm


def test_skip_connections_add_no_weights() -> None:
    assert n_weights(MLP(depth=5, skip=True), images(1, 8)) == n_weights(MLP(depth=5), images(1, 8))


def test_a_hidden_layer_with_skip_is_h_plus_relu_over_root_depth_minus_1() -> None:
    task = images(1, 8)
    inputs, _ = batch(task)
    network = built(MLP(width=8, depth=3, skip=True), task)
    weights = dict(network.named_parameters())
    h = torch.relu(inputs.flatten(1) @ weights["layer1.0.weight"].T)
    for layer in ("layer2", "layer3"):
        h = h + torch.relu(h @ weights[f"{layer}.body.0.weight"].T) / math.sqrt(2)
    torch.testing.assert_close(network(inputs), h @ weights["head.weight"].T)


@red_with(Mutant(MLP.build, "(self.depth - 1) ** -0.5", "1.0"), Mutant(MLP.build, "** -0.5", "** -1.0"))
def test_at_depth_20_scaled_branches_let_the_signal_grow_as_the_docstring_says() -> None:
    # without the root 16,000 times with ReLU, and 5 times with tanh
    assert 7.5 < growth("relu") < 10.5
    assert 1 < growth("tanh") < 1.6


def growth(activation: str) -> float:
    """Root mean square of the last hidden layer at the start, of that of the first."""
    h, sizes = torch.randn(200, 64, generator=torch.Generator().manual_seed(0)), []
    network = built(MLP(width=200, depth=20, skip=True, activation=activation), small)  # type: ignore[arg-type]
    for index in range(20):
        h = network.get_submodule(f"layer{index + 1}")(h).detach()
        sizes.append(float(h.square().mean().sqrt()))
    return sizes[-1] / sizes[0]


@pytest.mark.parametrize(("activation", "gain"), [("relu", 2**0.5), ("tanh", 5 / 3), ("identity", 1.0)])
def test_weights_are_kaiming_normal(activation: str, gain: float) -> None:
    network = built(MLP(width=1000, depth=2, activation=activation), images(1, 20))  # type: ignore[arg-type]
    for name, fan_in in {"layer1.0": 400, "layer2.0": 1000}.items():
        weight = network.get_parameter(f"{name}.weight").detach()
        standard_error = 1 / math.sqrt(2 * weight.numel())
        assert float(weight.std()) * math.sqrt(fan_in) / gain == pytest.approx(1, abs=4 * standard_error)


def test_the_identity_activation_gives_a_linear_network() -> None:
    task = images(1, 8)
    inputs, _ = batch(task)
    network = built(MLP(width=8, depth=3, activation="identity"), task).double()
    x = inputs.double()
    torch.testing.assert_close(network(2 * x[:1] - 3 * x[1:2]), 2 * network(x[:1]) - 3 * network(x[1:2]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "MLP.width is 0; give an integer >= 1"),
        ({"depth": -1}, "MLP.depth is -1; give an integer >= 0"),
        ({"depth": 1, "skip": True}, "MLP.skip is True; give depth >= 2"),
        ({"norm": "bach"}, "MLP.norm is 'bach'; choose one of 'none', 'batch' .did you mean 'batch'"),
        ({"parametrization": "muP"}, "MLP.parametrization is 'muP'; choose one of .*did you mean 'mup'"),
        ({"parametrization": "mup", "depth": 0}, "MLP.parametrization is 'mup'; give depth >= 1 .it is 0"),
        ({"parametrization": "mup", "norm": "batch"}, "norm='none' .it is 'batch'"),
        ({"base_width": 32}, "MLP.base_width is 32; leave it out: only parametrization='mup'"),
        ({"activation": "swish"}, "MLP.activation is 'swish'; choose one of 'relu'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MLP(**options)  # type: ignore[arg-type]


def mup(width: int, **options: Any) -> MLP:
    return MLP(width=width, parametrization="mup", **options)


def test_initial_weights_are_drawn_in_the_order_of_the_layers() -> None:
    # the bits of every network that was trained so far
    torch.manual_seed(3)
    stages = {"layer1": nn.Linear(64, 5), "layer2": nn.Linear(5, 5), "head": nn.Linear(5, 10)}
    draw_kaiming(nn.Sequential(OrderedDict(stages)))
    network = built(MLP(width=5, depth=2), small, seed=3)
    for name, layer in stages.items():
        own = f"{name}.weight" if name == "head" else f"{name}.0.weight"
        assert torch.equal(network.get_parameter(own), layer.weight)


@pytest.mark.parametrize("skip", [False, True])
def test_mup_is_the_standard_network_at_the_base_width(skip: bool) -> None:
    standard = built(MLP(width=64, depth=3, skip=skip), small)
    same = built(mup(64, depth=3, skip=skip), small)
    assert str(same) == str(standard)
    assert all(torch.equal(weight, same.get_parameter(name)) for name, weight in standard.named_parameters())
    other = built(mup(128, depth=3, skip=skip), small)
    assert [name for name, _ in other.named_parameters()] == [name for name, _ in standard.named_parameters()]


def acting(network: nn.Module, ratio: float) -> dict[str, Tensor]:
    """What the multipliers make of the weights of a network, by the table in the docstring."""
    multipliers = {"head.weight": ratio**-0.5, "layer1.0.weight": ratio**0.5}
    return {
        name: weight.detach()
        * multipliers.get(name, ratio**0.5 if name.startswith("layer") and "bias" in name else 1)
        for name, weight in network.named_parameters()
    }


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("skip", [False, True])
@red_with(
    Mutant(MLP.build, "Scale(1 / self._multiplier)", "Scale(1.0)"),
    Mutant(MLP._hidden_layer, "after=self._multiplier", "after=1.0"),
    Mutant(MLP._hidden_layer, "1 / self._multiplier", "1.0"),
    Mutant(MLP._hidden_layer, "1 if first else 1 / self._multiplier", "1 / self._multiplier"),
)
def test_steps_of_one_rate_are_steps_of_the_published_rates_on_what_the_multipliers_make_of_the_weights(
    activation: str, skip: bool
) -> None:
    # equation 4 of Yang et al. 2022: n/n0 for layer 1 and hidden biases, n0/n for the head, 1 for the rest
    ratio, lr = 3.0, 0.05
    inputs, targets = batch(small)
    options = {"depth": 3, "skip": skip, "activation": activation}
    network = built(mup(24, base_width=8, **options), small).double()
    explicit = built(MLP(width=24, **options), small).double()  # type: ignore[arg-type]
    explicit.load_state_dict(acting(network, ratio))
    rates = {
        name: ratio if name.startswith("layer1") or "bias" in name else 1.0 for name in acting(network, ratio)
    }
    rates |= {"head.weight": 1 / ratio, "head.bias": 1.0}
    for _ in range(3):
        descend(network, inputs.double(), targets, small, dict.fromkeys(rates, lr))
        descend(explicit, inputs.double(), targets, small, {name: lr * rate for name, rate in rates.items()})
    for name, weight in acting(network, ratio).items():
        torch.testing.assert_close(explicit.get_parameter(name).detach(), weight, rtol=1e-10, atol=1e-12)


def descend(module: nn.Module, inputs: Tensor, targets: Tensor, task: Task, rates: dict[str, float]) -> None:
    loss = task.loss(module(inputs), targets).mean()
    gradients = torch.autograd.grad(loss, list(module.parameters()))
    for (name, weight), gradient in zip(module.named_parameters(), gradients, strict=True):
        weight.data -= rates[name] * gradient


@red_with(Mutant(MLP.build, 'weight").data /= self._multiplier', 'weight").data /= 1'))
def test_weights_have_the_published_variance() -> None:
    ratio = 16
    network = built(mup(1024, base_width=64, depth=2), images(1, 20))
    for name, variance in {"layer1.0": 2 / 400, "layer2.0": 2 / 1024, "head": 2 / 1024 / ratio}.items():
        weight = acting(network, ratio)[f"{name}.weight"]
        standard_error = math.sqrt(2 / weight.numel())
        assert float(weight.var()) / variance == pytest.approx(1, abs=4 * standard_error)


def changes_of_the_activations(model: MLP, n_steps: int = 5) -> list[float]:
    """Root mean square change of the hidden layers and of the outputs after some steps, mean over seeds."""
    task = images(1, 8)
    inputs, targets = batch(task, 32)
    changes = []
    for seed in range(4):
        network = built(model, task, seed)
        before = activations(network, inputs)
        for _ in range(n_steps):
            descend(network, inputs, targets, task, {name: 0.1 for name, _ in network.named_parameters()})
        after = activations(network, inputs)
        changes.append([float((b - a).square().mean().sqrt()) for a, b in zip(before, after, strict=True)])
    return torch.tensor(changes).mean(0).tolist()


def activations(network: nn.Module, inputs: Tensor) -> list[Tensor]:
    found: list[Tensor] = []
    names = ("layer1", "layer2", "head")
    handles = [
        network.get_submodule(name).register_forward_hook(lambda _, __, output: found.append(output.detach()))
        for name in names
    ]
    network(inputs)
    for handle in handles:
        handle.remove()
    return found


def test_steps_move_the_activations_equally_at_every_width_with_mup_alone() -> None:
    # the coordinate check: Yang et al. 2022, appendix D.1
    widths = (64, 1024)
    narrow, wide = (changes_of_the_activations(mup(width)) for width in widths)
    ratios = [b / a for a, b in zip(narrow, wide, strict=True)]
    assert all(0.7 < ratio < 1.4 for ratio in ratios), ratios
    narrow, wide = (changes_of_the_activations(MLP(width=width)) for width in widths)
    ratios = [b / a for a, b in zip(narrow, wide, strict=True)]
    assert ratios[0] < 0.5 and ratios[2] > 2, ratios
