"""Which trainings are lanes of one program, and which go one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmark.cells.data.splits import Splits
from benchmark.cells.models.layers import SpatialMean
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.signal_cnn import SignalCNN
from benchmark.cells.models.signal_resnet import SignalResNet
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.lanes import Lanes, alike, kind_of, most_columns, most_columns_of_signals
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.sgd_update import SGDUpdate
from benchmark.cells.training.trajectory import Trajectory
from tests.cells.models.networks import built
from tests.cells.training.made_lanes import (
    bytes_of,
    drive,
    lane,
    n_train,
    plain,
    vectors,
)
from tests.cells.training.problems import finish, pictures, quadratic
from tests.toys import tensor


def test_networks_on_the_same_data_share_it() -> None:
    splits = vectors(0, torch.float32)
    made = [
        plain.begin(built(MLP(width=4), splits.task, seed), splits, order_seed=seed, augment_seed=0)
        for seed in range(3)
    ]
    lanes = Lanes(made)
    assert len(lanes._batches._examples._inputs_N) == n_train
    assert [bytes_of(one) for one in drive(made)] == [
        bytes_of(
            finish(plain.begin(built(MLP(width=4), splits.task, s), splits, order_seed=s, augment_seed=0))
        )
        for s in range(3)
    ]


class Louder(nn.ReLU):
    """A layer that only looks like one that is known."""

    def forward(self, x: Tensor) -> Tensor:
        return 2 * super().forward(x)


class Halved(SGDUpdate):
    """An update that calls itself the one that it changes."""

    def __call__(self, gradients: Any, lr: float, again: Any) -> None:
        super().__call__(gradients, lr / 2, again)


def test_what_lanes_do_not_know_trains_alone() -> None:
    splits = vectors(0, torch.float32)

    def kind(module: nn.Module, spec: SGD | Adam = plain, data: Splits = splits) -> Any:
        return spec.begin(module, data, order_seed=0, augment_seed=0).kind

    def network(*layers: nn.Module) -> nn.Module:
        return nn.Sequential(nn.Linear(11, 3), *layers)

    assert kind(network()) is not None
    for layer in (nn.Dropout(), Louder(), nn.Sequential(Louder()), nn.LayerNorm(3), nn.GELU("tanh")):
        assert kind(network(layer)) is None
    assert kind(network(nn.BatchNorm1d(3, momentum=None))) is None
    frozen = network(nn.Linear(3, 3))
    frozen.get_parameter("1.weight").requires_grad_(False)
    assert kind(frozen) is None
    heard = network()
    heard.register_forward_hook(lambda *_: None)
    assert kind(heard) is None
    shared = nn.Linear(3, 3)
    assert kind(network(shared, shared)) is None
    one, other = nn.Linear(3, 3), nn.Linear(3, 3)
    other.weight.data = one.weight.data
    assert kind(network(one, other)) is None, "two names for one piece of memory"
    assert kind(network(nn.ReLU())) is not None and kind(network(nn.ReLU(inplace=True))) is None
    surface, data = quadratic(tensor(1.0), tensor(1.0))
    assert kind(surface, replace(plain, batch_size=2), data) is None
    cropped = replace(plain, augment="crop_flip")
    assert kind(built(MLP(width=4), pictures().task), cropped, pictures()) is None
    weights = dict(network().named_parameters())
    trajectory = Trajectory(
        plain,
        network(),
        splits,
        Halved(weights, momentum=0, nesterov=False, weight_decay=0),
        order_seed=0,
        augment_seed=0,
    )
    assert trajectory.kind is None


def test_what_somebody_hung_onto_a_network_is_not_passed_over() -> None:
    def changed(change: Callable[[nn.Module], Any]) -> Trajectory:
        one = lane(MLP(width=5, depth=2), plain, 0, torch.float64)
        change(one.module)
        return one

    def mask(module: nn.Module) -> None:
        next(module.parameters()).register_hook(torch.zeros_like)  # type: ignore[no-untyped-call]

    masked = changed(mask)
    before = next(masked.module.parameters()).detach().clone()
    drive([masked])
    assert torch.equal(next(masked.module.parameters()), before)
    for change in (
        lambda module: module[1].register_full_backward_pre_hook(lambda *_: None),
        lambda module: setattr(module[1], "forward", module[1].forward),
    ):
        assert changed(change).kind is None
    assert lane(MLP(width=5, depth=2), plain, 0, torch.float64).kind is not None


def test_convolutions_that_are_not_the_plain_ones_train_alone() -> None:
    splits = vectors(0, torch.float32, shape=(2, 9, 8))

    def kind(*layers: nn.Module, data: Splits = splits, spec: SGD = plain) -> Any:
        module = nn.Sequential(*layers)
        return kind_of(spec, data, spec.update(dict(module.named_parameters())), module)

    def head(n_channels: int) -> tuple[nn.Module, ...]:
        return nn.ReLU(), SpatialMean(), nn.Linear(n_channels, 3)

    assert kind(nn.Conv2d(2, 4, 3, padding=1), *head(4)) is not None
    for options in (
        {"groups": 2},
        {"dilation": 2},
        {"padding": "same"},
        {"padding": 1, "padding_mode": "reflect"},
    ):
        assert kind(nn.Conv2d(2, 4, 3, **options), *head(4)) is None
    assert kind(nn.ReLU(), nn.Conv2d(2, 4, 3), *head(4)) is None  # reads inputs that nothing pads
    flat = nn.Conv2d(2, 4, 3), nn.Flatten(), nn.Linear(4 * 7 * 6, 3)
    assert kind(*flat) is not None
    assert kind(nn.Conv2d(2, 4, 3), nn.Flatten(2), nn.Linear(7 * 6, 3)) is None
    assert kind(nn.Linear(8, 3)) is None


def test_whether_convolutions_are_lanes_is_up_to_the_network_its_batch_and_its_precision() -> None:
    def kind(batch_size: int, dtype: torch.dtype, model: SmallCNN | MLP) -> Any:
        splits = vectors(0, dtype, shape=(2, 9, 8))
        module = built(model, splits.task).to(dtype)
        spec = replace(plain, batch_size=batch_size)
        return kind_of(spec, splits, spec.update(dict(module.named_parameters())), module)

    # windows of 20 positions of 18 numbers, 6 of 144 and 2 of 288, filled up to whole cache lines
    per_example = 4 * (20 * 32 + 6 * 144 + 2 * 288)
    largest = most_columns // per_example
    assert kind(largest, torch.float32, SmallCNN()) is not None
    assert kind(largest + 1, torch.float32, SmallCNN()) is None
    assert kind(largest, torch.float64, SmallCNN()) is None
    assert kind(8, torch.float64, SmallCNN()) is not None
    assert kind(8, torch.float32, SmallCNN(norm="batch")) is not None
    assert kind(8, torch.float64, SmallCNN(norm="batch")) is None
    assert kind(10**9, torch.float64, MLP()) is not None


def test_convolutions_of_signals_are_lanes_up_to_more_of_them() -> None:
    def kind(batch_size: int) -> Any:
        spec = replace(plain, batch_size=batch_size)
        return kind_of(spec, splits, spec.update(dict(module.named_parameters())), module)

    splits = vectors(0, torch.float32, shape=(1, 40))
    module = built(SignalCNN(), splits.task)
    # windows of 19 positions of 5 numbers, 10 of 75 and 5 of 75, filled up to whole cache lines
    largest = most_columns_of_signals // (4 * (19 * 16 + 15 * 80))
    assert most_columns // (4 * (19 * 16 + 15 * 80)) < 1000 < largest
    assert kind(largest) is not None
    assert kind(largest + 1) is None


def test_signals_are_lanes_with_and_without_batch_norm_in_both_precisions() -> None:
    for dtype in (torch.float32, torch.float64):
        for model in (SignalCNN(), SignalResNet(depth=8), SignalResNet(depth=8, norm="none", skip=False)):
            assert lane(model, plain, 0, dtype).kind is not None


def test_batch_norm_that_does_not_fit_a_signal_trains_alone() -> None:
    def kind(norm: nn.Module) -> Any:
        module = nn.Sequential(nn.Conv1d(2, 4, 3), norm, SpatialMean(), nn.Linear(4, 3))
        return kind_of(plain, splits, plain.update(dict(module.named_parameters())), module)

    splits = vectors(0, torch.float32, shape=(2, 20))
    assert kind(nn.BatchNorm1d(4)) is not None
    for norm in (nn.BatchNorm2d(4), nn.BatchNorm1d(3), nn.BatchNorm1d(4, momentum=None), nn.GroupNorm(2, 4)):
        assert kind(norm) is None


def test_a_network_that_cannot_be_stacked_trains_one_by_one_without_being_asked() -> None:
    splits = vectors(0, torch.float32, shape=(2, 20))
    made = []
    for seed in range(2):
        norm = nn.BatchNorm1d(4, momentum=None)
        module = nn.Sequential(nn.Conv1d(2, 4, 3), norm, SpatialMean(), nn.Linear(4, 3))
        made.append(plain.begin(module, splits, order_seed=seed, augment_seed=0))
    assert alike(made) == [[one] for one in made]
    assert [one.status for one in map(finish, made)] == ["done", "done"]


def test_errors_and_updates_of_somebody_else_and_misfits_train_alone() -> None:
    class Clipped(SGDUpdate):
        """Moves by what is left of a gradient whose norm is bounded."""

    one = lane(MLP(width=5, depth=2), plain, 0, torch.float64)
    splits, module, recipe = one.splits, one.module, plain
    own = replace(
        splits, task=replace(splits.task, error=lambda logits, targets: logits.argmax(1) != targets)
    )
    weights = dict(module.named_parameters())
    derived = Clipped(weights, momentum=0.0, nesterov=False, weight_decay=0.0)
    assert kind_of(recipe, splits, one.update, module) is not None
    assert kind_of(recipe, own, one.update, module) is None
    assert kind_of(recipe, splits, derived, module) is None
    fewer = replace(splits, task=replace(splits.task, n_outputs=2))
    assert kind_of(recipe, fewer, one.update, module) is None
    misfit = nn.Sequential(
        nn.Flatten(), nn.Linear(splits.train.inputs[0].numel(), 5), nn.Linear(6, 3)
    ).double()
    assert kind_of(recipe, splits, one.update, misfit) is None


def test_only_trainings_of_one_kind_are_lanes() -> None:
    made = [lane(MLP(width=width), plain, 0, torch.float32) for width in (4, 5, 4)]
    assert [[made.index(one) for one in group] for group in alike(made)] == [[0, 2], [1]]
    with pytest.raises(ValueError, match="lanes are trainings of one kind"):
        Lanes(made)


def test_more_lanes_than_any_cache_holds_are_several_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [lane(MLP(width=4), plain, seed, torch.float32) for seed in range(45)]
    assert [len(group) for group in alike(made)] == [15, 15, 15]
    monkeypatch.setattr("benchmark.cells.training.lanes.most_bytes", 1)
    assert [len(group) for group in alike(made)] == [1] * 45


def test_with_several_threads_every_training_is_alone() -> None:
    made = [lane(MLP(width=4), plain, seed, torch.float32) for seed in range(2)]
    torch.set_num_threads(2)
    try:
        assert [len(group) for group in alike(made)] == [1, 1]
    finally:
        torch.set_num_threads(1)
