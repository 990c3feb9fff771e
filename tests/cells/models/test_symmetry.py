"""Hidden units change places, and the function stays."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmark.cells.derivations import matching
from benchmark.cells.derivations.matching import permuted, random_permutations
from benchmark.cells.models.densenet import DenseNet
from benchmark.cells.models.keskar_c1 import KeskarC1
from benchmark.cells.models.layers import Concatenated, Residual
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.models.signal_cnn import SignalCNN
from benchmark.cells.models.signal_resnet import SignalResNet
from benchmark.cells.models.symmetry import _bond, _Walk, groups_of, unit_groups
from benchmark.cells.models.vgg import VGG
from tests.cells.models.networks import (
    Model,
    batch,
    built,
    every_model,
    images,
    scrambled,
    signal_models,
    task_of,
)
from tests.mutants import Mutant, red_with

more: tuple[Model, ...] = (
    ResNet(depth=14, width=16, norm="group"),
    ResNet(depth=8, width=16, norm="group", skip=False),
    ResNet(depth=8, width=4, norm="none"),
    ResNet(depth=8, width=4, skip=False),
    MLP(width=8, depth=3, skip=True, activation="tanh"),
    *signal_models,
)
task = images(3, 16)


def change(model: Model, *, training: bool = False) -> float:
    """Largest change of an output, by units that change places, relative to the largest output."""
    task = task_of(model, 3, 16)
    network = scrambled(built(model, task)).train(training)
    for layer in network.modules():
        if isinstance(layer, nn.Dropout):
            layer.eval()
    groups, weights = unit_groups(model, task), {k: v.clone() for k, v in network.state_dict().items()}
    inputs = batch(task)[0].double()
    before = network(inputs).detach()
    moved = permuted(weights, groups, random_permutations(groups, torch.Generator().manual_seed(1)))
    network.load_state_dict(moved)
    assert not torch.equal(moved["head.weight"], weights["head.weight"])
    return float((network(inputs) - before).detach().abs().max() / before.abs().max())


@pytest.mark.parametrize("model", [*every_model, *more], ids=str)
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_permuted_units_leave_the_function(model: Model, training: bool) -> None:
    assert change(model, training=training) < 1e-13


@red_with(
    Mutant(_Walk._normed, ", *layer.named_buffers()", ""),
    Mutant(_Walk._normed, "*layer.named_parameters(), ", ""),
    Mutant(matching._reordered, "axis.span * permutation[:, None]", "permutation[:, None]"),
)
def test_running_statistics_and_the_columns_behind_a_flattened_image_move_with_their_units() -> None:
    assert change(VGG(width=4)) < 1e-13


@red_with(Mutant(_Walk._added, "self.tie(first.group, second.group)", "None"))
def test_what_is_added_moves_together() -> None:
    assert change(ResNet(depth=8, width=4)) < 1e-13


@red_with(
    Mutant(_Walk._bind, "[group.n_blocks, n_blocks]", "[1]"),
    Mutant(_bond, "bonds[0] if bonds else 1", "1"),
)
def test_blocks_of_a_group_norm_stay_together() -> None:
    assert change(ResNet(depth=8, width=16, norm="group")) < 1e-13


@red_with(Mutant(_Walk._place, "start += (part.size or 0) * axis.span", "start += 0"))
def test_units_of_concatenated_signals_are_told_apart() -> None:
    assert change(DenseNet(blocks=(1, 2), growth=4)) < 1e-13


@pytest.mark.parametrize("model", [*every_model, *more], ids=str)
def test_every_tensor_but_the_bias_of_the_head_has_units(model: Model) -> None:
    task = task_of(model, 3, 16)
    weights = built(model, task).state_dict()
    found = {axis.tensor for group in unit_groups(model, task) for axis in group.axes}
    assert set(weights) - found == {
        name for name in weights if name == "head.bias" or name.endswith("num_batches_tracked")
    }


@pytest.mark.parametrize(
    ("model", "sizes"),
    [
        (MLP(width=8, depth=3), [8, 8, 8]),
        (MLP(width=8, depth=3, skip=True), [8]),
        (MLP(depth=0), []),
        (VGG(width=4), [4, 4, 8, 8, 16, 16, 16, 16]),
        (ResNet(depth=8, width=4), [4, 4, 8, 8, 16, 16]),
        (ResNet(depth=8, width=4, skip=False), [4, 4, 4, 8, 8, 16, 16]),
        (KeskarC1(width=4), [4, 4, 24, 12]),
        (DenseNet(blocks=(1, 1), growth=4), [8, 16, 4, 6, 16, 4]),
        (SignalCNN(width=5), [5, 5, 5]),
        (SignalResNet(depth=8, width=4), [4, 4, 8, 8, 16, 16]),
        (SignalResNet(depth=8, width=4, skip=False), [4, 4, 4, 8, 8, 16, 16]),
    ],
    ids=str,
)
def test_a_group_is_what_must_move_together(model: Model, sizes: list[int]) -> None:
    assert [group.size for group in unit_groups(model, task_of(model, 3, 16))] == sizes


def test_a_residual_stream_lies_in_all_layers_of_its_stage() -> None:
    model = ResNet(depth=8, width=16, norm="group")
    weights, (stem, inner, *_) = built(model, task).state_dict(), unit_groups(model, task)
    assert (stem.name, stem.n_blocks, inner.name) == ("stem.0", 8, "stage1.0.0.body.0")
    assert {(axis.tensor, axis.dim) for axis in stem.axes if weights[axis.tensor].dim() > 1} == {
        ("stem.0.weight", 0),
        ("stage1.0.0.body.0.weight", 1),
        ("stage1.0.0.body.3.weight", 0),
        ("stage2.0.0.body.0.weight", 1),
        ("stage2.0.0.shortcut.0.weight", 1),
    }


def test_units_of_a_signal_lie_in_its_convolutions_and_at_every_place_behind_flattening() -> None:
    groups = unit_groups(SignalCNN(width=5), task_of(SignalCNN(), 1, 40))
    assert [(axis.tensor, axis.dim, axis.span) for axis in groups[2].axes] == [
        ("layer3.0.weight", 0, 1),
        ("layer3.0.bias", 0, 1),
        ("head.weight", 1, 5),
    ]


def test_groups_are_read_off_any_network_of_known_layers() -> None:
    network = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    (group,) = groups_of(network)
    assert (group.size, [(axis.tensor, axis.dim) for axis in group.axes]) == (
        5,
        [("0.weight", 0), ("0.bias", 0), ("2.weight", 1)],
    )


def test_inputs_that_are_added_to_a_layer_do_not_let_it_move() -> None:
    residual = Residual(nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4)))
    (group,) = groups_of(nn.Sequential(residual, nn.Linear(4, 2)))
    assert group.name == "0.body.0"


def test_reading_the_groups_draws_nothing() -> None:
    before = torch.random.get_rng_state()
    unit_groups(MLP(), task)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4)),
            "layer '1' is a LayerNorm, of which it is not known",
        ),
        (
            nn.Sequential(nn.Conv2d(4, 4, 3, groups=2)),
            "layer '0' has groups=2; give a convolution with groups=1",
        ),
        (nn.Sequential(nn.Conv1d(4, 4, 3, groups=2)), "layer '0' has groups=2; give a convolution with"),
        (
            nn.Sequential(nn.Conv2d(3, 4, 1), Concatenated(nn.Conv2d(4, 4, 1)), nn.GroupNorm(2, 8)),
            "'2' is a group norm of concatenated signals; take batch norm",
        ),
        (
            nn.Sequential(nn.Conv2d(3, 8, 1), nn.GroupNorm(2, 8), nn.GroupNorm(4, 8), nn.Conv2d(8, 2, 1)),
            "'0' are in group norms of 2 and of 4 groups",
        ),
        (
            nn.Sequential(nn.Linear(3, 4), nn.Flatten(), nn.Linear(6, 2)),
            "'2.weight' takes 6 entries.*4 units",
        ),
        (nn.Sequential(Concatenated(nn.Linear(3, 4)), nn.Linear(7, 2)), "'1.weight' takes 7 entries"),
        (
            nn.Sequential(
                nn.Conv2d(3, 4, 1), Residual(Concatenated(nn.Conv2d(4, 4, 1)), shortcut=nn.Conv2d(4, 8, 1))
            ),
            "'1' adds signals that are concatenated of different parts",
        ),
    ],
)
def test_layers_of_unknown_symmetry_are_refused(network: nn.Module, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        groups_of(network)
