"""What becomes of a lane depends on no other lane, bit for bit, and equals what a plain loop gives."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import classification
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.streams import generator
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.lanes import Lanes, advance, alike
from benchmark.cells.training.progress import Progress
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.sgd_update import SGDUpdate
from benchmark.cells.training.stacked_activations import StackedGELU, StackedReLU, StackedTanh
from benchmark.cells.training.stacked_batch_norm import StackedBatchNorm
from benchmark.cells.training.stacked_layers import StackedLinear, StackedResidual
from benchmark.cells.training.trajectory import Trajectory
from tests.cells.models.networks import built
from tests.cells.training.problems import finish, pictures, quadratic
from tests.mutants import Mutant, red_with
from tests.toys import tensor

plain = SGD(batch_size=7, lr=0.05, epochs=3)
networks = {
    "plain": MLP(width=13),
    "deep, tanh": MLP(width=7, depth=5, activation="tanh"),
    "skip, gelu": MLP(width=10, depth=4, skip=True, activation="gelu"),
    "batch norm and skip": MLP(width=9, depth=3, norm="batch", skip=True),
    "mup": MLP(width=12, parametrization="mup", base_width=5),
    "linear": MLP(depth=0),
}
specs: dict[str, SGD | Adam] = {
    "gradient descent": plain,
    "Nesterov's momentum and weight decay": replace(plain, momentum=0.9, nesterov=True, weight_decay=0.01),
    "momentum and a schedule": replace(plain, momentum=0.5, schedule="cosine", warmup_steps=3),
    "Adam": Adam(batch_size=7, lr=0.01, epochs=3, weight_decay=0.1),
}
every_network = pytest.mark.parametrize("model", networks.values(), ids=networks.keys())
every_spec = pytest.mark.parametrize("spec", specs.values(), ids=specs.keys())
both_precisions = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
n_train = 31  # a last batch of 3


def vectors(seed: int, dtype: torch.dtype, n_outputs: int = 3) -> Splits:
    """Return splits of an odd number of features, drawn for one lane."""
    stream = generator(seed, "vectors")

    def drawn(n_examples: int) -> Examples:
        inputs = torch.randn(n_examples, 11, generator=stream, dtype=dtype)
        return Examples(inputs=inputs, targets=torch.randint(n_outputs, (n_examples,), generator=stream))

    task = classification(input_shape=(11,), n_outputs=n_outputs, kind="vectors")
    return Splits(train=drawn(n_train), val=drawn(5), test=drawn(2), task=task)


def lane(model: MLP, spec: SGD | Adam, seed: int, dtype: torch.dtype, **options: Any) -> Trajectory:
    splits = vectors(seed, dtype)
    module = built(model, splits.task, seed).to(dtype)
    return replace(spec, **options).begin(module, splits, order_seed=seed, augment_seed=0)


def varied(spec: SGD | Adam, seed: int) -> dict[str, Any]:
    """Return what may differ between lanes, by the seed."""
    decay = {"weight_decay": 0.01 + 0.001 * seed} if spec.weight_decay else {}
    momentum = {"momentum": 0.4 + 0.02 * seed} if isinstance(spec, SGD) and spec.momentum else {}
    return {"lr": spec.lr * (1 + 0.1 * seed)} | decay | momentum


def drive(group: Sequence[Trajectory]) -> Sequence[Trajectory]:
    """Take all steps that are left, together."""
    while running := [one for one in group if not one.finished]:
        advance(running)
    return group


def bytes_of(trajectory: Trajectory) -> dict[str, Any]:
    tensors, meta = trajectory.state()
    return {name: value.contiguous().numpy().tobytes() for name, value in tensors.items()} | meta


def together(made: Iterable[Trajectory]) -> list[dict[str, Any]]:
    return [bytes_of(one) for one in drive(list(made))]


@both_precisions
@every_spec
@every_network
def test_a_lane_alone_among_two_five_or_twenty_has_the_same_bytes(
    model: MLP, spec: SGD | Adam, dtype: torch.dtype
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
def test_lanes_that_resume_from_different_steps_come_together_with_equal_bytes(spec: SGD | Adam) -> None:
    def made(seed: int) -> Trajectory:
        return lane(MLP(width=8, norm="batch"), spec, seed, torch.float64, **varied(spec, seed))

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
def test_lanes_equal_a_plain_loop_with_autograd_and_torch_optim(model: MLP, spec: SGD | Adam) -> None:
    if spec.schedule != "constant":
        spec = replace(spec, schedule="constant", warmup_steps=0)
    check_by_hand(model, spec)


def check_by_hand(model: MLP, spec: SGD | Adam) -> None:
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
    Mutant(StackedResidual.backward, "g_LBF + self", "self"),
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


@every_network
def test_what_lanes_record_is_what_each_network_alone_shows(model: MLP) -> None:
    group = drive([lane(model, plain, seed, torch.float64) for seed in range(3)])
    for one in group:
        expected = Progress(one.module, one.splits).record(gradients=())
        found = {name: one.history[-1][name] for name in expected}
        assert found == pytest.approx(expected, rel=1e-12)


def test_networks_on_the_same_data_share_it() -> None:
    splits = vectors(0, torch.float32)
    made = [
        plain.begin(built(MLP(width=4), splits.task, seed), splits, order_seed=seed, augment_seed=0)
        for seed in range(3)
    ]
    lanes = Lanes(made)
    assert len(lanes._batches._examples._inputs_NF) == n_train
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
    assert kind(built(SmallCNN(width=2), pictures().task), plain, pictures()) is None
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


def test_only_trainings_of_one_kind_are_lanes() -> None:
    made = [lane(MLP(width=width), plain, 0, torch.float32) for width in (4, 5, 4)]
    assert [[made.index(one) for one in group] for group in alike(made)] == [[0, 2], [1]]
    with pytest.raises(ValueError, match="lanes are trainings of one kind"):
        Lanes(made)


def test_more_lanes_than_the_cache_holds_are_several_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [lane(MLP(width=4), plain, seed, torch.float32) for seed in range(45)]
    assert [len(group) for group in alike(made)] == [15, 15, 15]
    monkeypatch.setattr("benchmark.cells.training.lanes.cache", 1)
    assert [len(group) for group in alike(made)] == [1] * 45


def test_with_several_threads_every_training_is_alone() -> None:
    made = [lane(MLP(width=4), plain, seed, torch.float32) for seed in range(2)]
    torch.set_num_threads(2)
    try:
        assert [len(group) for group in alike(made)] == [1, 1]
    finally:
        torch.set_num_threads(1)
