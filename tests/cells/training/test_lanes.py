"""What becomes of a lane depends on no other lane, bit for bit, and equals what a plain loop gives."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmark.cells.data.splits import Splits
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.signal_resnet import SignalResNet
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.stacked.stacked_activations import StackedGELU, StackedReLU, StackedTanh
from benchmark.cells.stacked.stacked_batch_norm import StackedBatchNorm, StackedSpatialBatchNorm
from benchmark.cells.stacked.stacked_convolution import StackedConvolution, _Windows
from benchmark.cells.stacked.stacked_flattening import StackedFlatten, StackedSpatialMean
from benchmark.cells.stacked.stacked_layers import StackedLinear, StackedResidual
from benchmark.cells.streams import generator
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.lanes import Lanes, advance
from benchmark.cells.training.progress import Progress
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.sgd_update import SGDUpdate
from benchmark.cells.training.trajectory import Trajectory
from tests.cells.training.made_lanes import (
    Lane,
    MeanNet,
    SignalNet,
    both_precisions,
    bytes_of,
    drive,
    every_network,
    every_spec,
    lane,
    n_train,
    plain,
    residual,
    residuals,
    specs,
    together,
    varied,
)
from tests.cells.training.problems import finish
from tests.mutants import Mutant, red_with


@pytest.fixture(autouse=True)
def _batch_norm_of_pictures_in_double_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    both = (torch.float32, torch.float64)
    monkeypatch.setattr("benchmark.cells.stacked.stacked_batch_norm.spatial_precisions", both)


@both_precisions
@every_spec
@every_network
def test_a_lane_alone_among_two_five_or_twenty_has_the_same_bytes(
    model: Lane, spec: SGD | Adam, dtype: torch.dtype
) -> None:
    everyone = together(lane(model, spec, seed, dtype) for seed in range(20))
    for some in ([0], [19], [3, 4], [8, 1, 17, 2, 5]):
        assert together(lane(model, spec, seed, dtype) for seed in some) == [everyone[seed] for seed in some]


@both_precisions
@every_spec
@red_with(
    Mutant(Lanes._move, "update.factors(member.lr)", "update.factors(self.members[0].lr)"),
    Mutant(Lanes._move, "zip(*by_lane, strict=True)", "zip(*by_lane[:1] * len(by_lane), strict=True)"),
)
def test_lanes_of_different_rates_have_the_bytes_of_each_alone(spec: SGD | Adam, dtype: torch.dtype) -> None:
    def made(seed: int) -> Trajectory:
        return lane(MLP(width=13), spec, seed, dtype, **varied(spec, seed))

    everyone = together(map(made, range(20)))
    for seed in (0, 7, 19):
        assert together([made(seed)]) == [everyone[seed]]
    assert together(map(made, (3, 4))) == everyone[3:5]


@both_precisions
@pytest.mark.parametrize("model", residuals.values(), ids=residuals.keys())
def test_lanes_of_deep_convolutional_networks_have_the_bytes_that_they_have_alone(
    model: Lane, dtype: torch.dtype
) -> None:
    assert lane(model, specs["Adam"], 0, dtype).kind is not None
    everyone = together(lane(model, specs["Adam"], seed, dtype) for seed in range(20))
    for some in ([0], [19], [8, 1, 17, 2, 5]):
        found = together(lane(model, specs["Adam"], seed, dtype) for seed in some)
        assert found == [everyone[seed] for seed in some]


@both_precisions
@red_with(Mutant(StackedSpatialMean.backward, ".contiguous()", ""))
def test_a_last_batch_of_one_example_has_the_bytes_that_it_has_alone(dtype: torch.dtype) -> None:
    for spec in (replace(specs["Adam"], batch_size=size) for size in (5, 6)):  # of 31 examples
        everyone = together(lane(MeanNet(), spec, seed, dtype) for seed in range(7))
        assert [together([lane(MeanNet(), spec, seed, dtype)])[0] for seed in range(7)] == everyone


@both_precisions
def test_lanes_that_end_at_different_steps_leave_the_others_as_they_are(dtype: torch.dtype) -> None:
    spec = SGD(batch_size=7, lr=0.1, steps=60, momentum=0.5, stop_at_loss=0.7, check_every=3)
    budgets: dict[int, dict[str, Any]] = {
        0: {"steps": 5},
        3: {"stop_at_loss": 1e-9, "steps": 41},
        4: {"lr": 1e200},
        6: {"lr": 1e-9},
    }

    def made(seed: int) -> Trajectory:
        return lane(MLP(width=16, norm="batch"), spec, seed, dtype, **budgets.get(seed, {}))

    group = drive([made(seed) for seed in range(7)])
    assert {one.status for one in group} == {"done", "not_converged", "diverged"}
    assert len({one.step for one in group}) >= 4
    assert [bytes_of(one) for one in group] == [bytes_of(finish(made(seed))) for seed in range(7)]


@every_spec
@pytest.mark.parametrize(
    "model",
    [
        MLP(width=8, norm="batch"),
        SmallCNN(width=3, norm="batch"),
        SignalNet(),
        SignalResNet(depth=8, width=3),
    ],
    ids=str,
)
def test_lanes_that_resume_from_different_steps_come_together_with_equal_bytes(
    model: Lane, spec: SGD | Adam
) -> None:
    def made(seed: int) -> Trajectory:
        return lane(model, spec, seed, torch.float64, **varied(spec, seed))

    whole = drive([made(seed) for seed in range(4)])
    stopped = [made(seed) for seed in range(4)]
    states = []
    for one, n_steps in zip(stopped, (0, 4, 4, 6), strict=True):
        for _ in range(n_steps):
            one.advance()
        states.append(one.state())
    resumed = [made(seed) for seed in range(4)]
    for one, state in zip(resumed, states, strict=True):
        one.restore(*state)
    moved = [[one.step for one in advance(resumed)] for _ in range(7)]
    assert [len(steps) for steps in moved] == [1, 1, 1, 1, 3, 3, 4]
    assert [bytes_of(one) for one in drive(resumed)] == [bytes_of(one) for one in whole]


def by_hand(module: nn.Module, spec: SGD | Adam, splits: Splits, seed: int) -> Tensor:
    """Train as everyone does; return the weights."""
    options: dict[str, Any] = {"lr": spec.lr, "weight_decay": spec.weight_decay}
    optimizer: torch.optim.Optimizer
    if isinstance(spec, SGD):
        optimizer = torch.optim.SGD(
            module.parameters(), momentum=spec.momentum, nesterov=spec.nesterov, **options
        )
    else:
        optimizer = torch.optim.Adam(module.parameters(), **options)
    for epoch in range(3):
        order = torch.randperm(n_train, generator=generator(seed, "order", epoch))
        for index in torch.split(order, spec.batch_size):
            optimizer.zero_grad()
            logits = module(splits.train.inputs[index])
            nn.functional.cross_entropy(logits, splits.train.targets[index]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return torch.cat([value.detach().double().flatten() for value in module.state_dict().values()])


@every_spec
@every_network
def test_lanes_equal_a_plain_loop_with_autograd_and_torch_optim(model: Lane, spec: SGD | Adam) -> None:
    if spec.schedule != "constant":
        spec = replace(spec, schedule="constant", warmup_steps=0)
    check_by_hand(model, spec)


def check_by_hand(model: Lane, spec: SGD | Adam) -> None:
    group = [lane(model, spec, seed, torch.float64, **varied(spec, seed)) for seed in range(3)]
    theirs = [copy.deepcopy(one.module) for one in group]
    drive(group)
    for seed, (one, module) in enumerate(zip(group, theirs, strict=True)):
        own = replace(spec, **varied(spec, seed))
        expected = by_hand(module, own, one.splits, seed)
        found = torch.cat([value.double().flatten() for value in one.module.state_dict().values()])
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14 * float(expected.abs().max()))


@red_with(
    Mutant(Lanes._loss_gradient, "/ n_examples", "/ len(targets)"),
    Mutant(StackedLinear.backward, "torch.bmm(g_LBG, self", "2 * torch.bmm(g_LBG, self"),
    Mutant(StackedTanh.backward, "self._y", "self._x"),
    Mutant(SGDUpdate.move, "(gradients, lr)", "(gradients, 0.05)"),
)
def test_a_plain_loop_tells_wrong_lanes() -> None:
    check_by_hand(MLP(width=11, depth=3, activation="tanh"), plain)


@red_with(
    Mutant(StackedResidual.backward, "self._shortcut.backward(g_LBF) + ", ""),
    Mutant(StackedGELU.backward, "self._x", "self._y"),
    Mutant(StackedBatchNorm.backward, "(self._x, self", "(-self._x, self"),
    Mutant(StackedBatchNorm.backward, "self._inverse * self", "self"),
    Mutant(StackedBatchNorm.forward, "variance.mul_(unbiased * ", "variance.mul_("),
)
def test_a_plain_loop_tells_wrong_skips_and_norms() -> None:
    check_by_hand(MLP(width=8, depth=3, norm="batch", skip=True, activation="gelu"), plain)


@red_with(Mutant(StackedReLU.backward, "self._y, 0", "self._y, -1"))
def test_a_plain_loop_tells_a_wrong_activation() -> None:
    check_by_hand(MLP(width=8, depth=3), plain)


@red_with(
    Mutant(StackedConvolution.backward, "g_LNG, self._weight_LGM", "2 * g_LNG, self._weight_LGM"),
    Mutant(StackedConvolution.backward, "torch.sum(g_LNG", "torch.sum(2 * g_LNG"),
    Mutant(_Windows.summed, "frame.whole.zero_()", "pass"),
    Mutant(StackedFlatten.backward, "self._shape[0]].copy_(", "self._shape[0]].sub_("),
)
def test_a_plain_loop_tells_wrong_convolutions() -> None:
    check_by_hand(SignalNet(), plain)


@red_with(
    Mutant(StackedSpatialMean.backward, "/ self._n_positions", ""),
    Mutant(StackedSpatialBatchNorm.backward, "torch.stack(gradients)", "0 * torch.stack(gradients)"),
    Mutant(StackedSpatialBatchNorm.forward, "self._momentum", "0.2"),
    Mutant(StackedResidual.backward, "self._shortcut.backward(g_LBF)", "self._shortcut.backward(2 * g_LBF)"),
)
def test_a_plain_loop_tells_wrong_residual_networks() -> None:
    check_by_hand(residual, specs["Adam"])


@red_with(
    Mutant(StackedSpatialMean.backward, "/ self._n_positions", ""),
    Mutant(StackedSpatialBatchNorm.backward, "torch.stack(gradients)", "0 * torch.stack(gradients)"),
    Mutant(StackedSpatialBatchNorm.forward, "self._momentum", "0.2"),
)
def test_a_plain_loop_tells_wrong_residual_networks_of_signals() -> None:
    check_by_hand(residuals["signals"], specs["Adam"])
    check_by_hand(residuals["signals, no norm"], specs["Adam"])


@every_network
def test_what_lanes_record_is_what_each_network_alone_shows(model: Lane) -> None:
    group = drive([lane(model, plain, seed, torch.float64) for seed in range(3)])
    for one in group:
        expected = Progress(one.module, one.splits).record(gradients=())
        found = {name: one.history[-1][name] for name in expected}
        assert found == pytest.approx(expected, rel=1e-12)
