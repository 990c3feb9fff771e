"""Lanes: many small networks that are trained as one batched program.

A small network's step is mostly the bookkeeping of some dozens of calls. Lanes share them: networks that differ only in
seeds, data, learning rate, momentum and weight decay are stacked, and every call works on all of them. What becomes of
one does not depend, bit for bit, on which others there are, so that a network alone is a single lane.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from benchmark.cells.data.task import errors_row_by_row, row_by_row
from benchmark.cells.stacked.stack import Stack
from benchmark.cells.stacked.stacked_layer import Shape
from benchmark.cells.stacked.stacked_network import StackedNetwork, flow_through, layout_of, shape_read
from benchmark.cells.training.progress import chunk_size, n_probed
from benchmark.cells.training.stacked_examples import StackedBatches, StackedExamples
from benchmark.cells.training.update import can_stack_update

if TYPE_CHECKING:
    from benchmark.cells.data.splits import Splits
    from benchmark.cells.training.recipe import Recipe
    from benchmark.cells.training.trajectory import Trajectory
    from benchmark.cells.training.update import Update

most_lanes = 20
precisions = (torch.float32, torch.float64)  # in others a rate as a tensor is rounded as a number is not
most_bytes = 64 * 2**20  # that lanes touch in a step, beyond which no core finds them again; see decision 18
# bytes of a convolutional network's windows, beyond which torch's own layers are faster
most_columns = 2 * 2**20
most_columns_of_signals = 20 * 2**20  # beyond which nobody looked: torch's own were slower up to there


def kind_of(recipe: Recipe, splits: Splits, update: Update, module: torch.nn.Module) -> Hashable | None:
    """Return what trainings must have in common to be lanes of one program; None where this one cannot be a lane.

    A lane is, on a CPU, a network of layers that can be stacked, under an update that can and one of the project's
    losses and errors, without augmentation, its convolutions small. Other trainings go one by one. Since the numbers
    of the two differ in their last digits, what decides is of the training alone, and not what it has beside it.
    """
    train, val, task = splits.train, splits.val, splits.task
    network = layout_of(module, train.inputs, task.n_outputs)
    if network is None or not can_stack_update(update) or recipe.augment != "none":
        return None
    if task.loss not in row_by_row or task.error not in errors_row_by_row:
        return None
    tensors = [train.inputs, val.inputs, *module.parameters()]
    tensors += [buffer for buffer in module.buffers() if buffer.is_floating_point()]
    dtypes = {tensor.dtype for tensor in tensors}
    if len(dtypes) > 1 or dtypes.isdisjoint(precisions) or train.inputs.device.type != "cpu":
        return None
    n_columns = recipe.batch_size * flow_through(module, train.inputs).n_columns
    n_most = most_columns_of_signals if train.inputs.dim() == 3 else most_columns
    if n_columns * train.inputs.element_size() > n_most:
        return None
    sizes = (
        recipe.batch_size,
        *(
            (len(part), part.inputs.shape[1:], part.targets.shape[1:], part.targets.dtype)
            for part in (train, val)
        ),
    )
    named = task.loss, task.error, task.n_outputs
    return network, type(update), update.shared, sizes, dtypes.pop(), named


class Lanes:
    """Trainings of one kind that are all at the same step.

    It takes their tensors over: weights, buffers and the optimizer's slots of each training are views into stacked
    ones, so that its state can be looked at, saved and restored as if it were alone.

    Attributes:
        members: the trainings.
    """

    def __init__(self, members: Sequence[Trajectory]) -> None:
        first = members[0]
        self.members = tuple(members)
        if any(member.kind is None or member.kind != first.kind for member in members):
            raise ValueError("lanes are trainings of one kind, and of a kind that can be stacked")
        modules = [member.module for member in members]
        shape = shape_read(first.module, first.splits.train.inputs)
        weights = Stack.of([list(module.parameters()) for module in modules])
        self._network = StackedNetwork(modules, weights, shape)
        self._updates: list[Any] = [member.update for member in members]
        slots = zip(*(update.arrays for update in self._updates), strict=True)
        self._slots = [Stack.of(lanes) for lanes in slots]
        self._factors: list[_Factor] = []
        self._task = first.splits.task
        self._batches = StackedBatches([member.batches for member in members], shape)
        self._probed = {
            prefix: _Probed([getattr(member.splits, part) for member in members], shape)
            for prefix, part in (("", "train"), ("val_", "val"))
            if len(getattr(first.splits, part))
        }
        for member in members:
            member.stepper = self

    @torch.no_grad()
    def advance(self) -> None:
        """Take one optimizer step in every lane, and make the records that are due.

        Raises:
            RuntimeError: when one of them has finished.
        """
        if any(member.finished for member in self.members):
            raise RuntimeError("a training of these lanes has finished; it must leave them first")
        inputs, targets = self._batches.at(self.members[0].step)
        outputs_LBK = self._network.forward(inputs)
        self._network.backward(self._loss_gradient(outputs_LBK, targets))
        self._move()
        for member in self.members:
            member.moved()
        due = {place: member for place, member in enumerate(self.members) if member.is_due}
        if due:
            records = self.observe(moved=True)
            for place, member in due.items():
                member.record(records[place])

    def _loss_gradient(self, outputs_LBK: Tensor, targets: Tensor) -> Tensor:
        """Return the gradient of every lane's mean loss by its outputs."""
        n_examples, n_outputs = outputs_LBK.shape[1], self._task.n_outputs
        with torch.enable_grad():
            logits = outputs_LBK[..., :n_outputs].flatten(0, 1).detach().requires_grad_()
            # the lanes' means, summed; of a sum, as torch would load its symbolic shapes for `grad_outputs`
            total = self._task.loss(logits, targets).sum() / n_examples
            (gradient,) = torch.autograd.grad(total, logits)
        padded = (0, outputs_LBK.shape[2] - n_outputs)
        return torch.nn.functional.pad(gradient.view(-1, n_examples, n_outputs), padded)

    def _move(self) -> None:
        by_lane = [
            update.factors(member.lr) for update, member in zip(self._updates, self.members, strict=True)
        ]
        if not self._factors:
            self._factors = [_Factor(self._network.weights) for _ in by_lane[0]]
        factors = [
            factor(values) for factor, values in zip(self._factors, zip(*by_lane, strict=True), strict=True)
        ]
        slots = [[stack.flat] for stack in self._slots]
        self._updates[0].move([self._network.weights.flat], slots, [self._network.gradients.flat], factors)

    @torch.no_grad()
    def observe(self, *, moved: bool = False) -> list[dict[str, float]]:
        """Return a record of progress per lane, see `Progress.record`; all numbers reach the host in one transfer.

        Args:
            moved: whether there are gradients, those of the step that was just taken.
        """
        values = {"weight_norm": self._network.weights.norms()}
        if moved:
            values["gradient_norm"] = self._network.gradients.norms()
        for prefix, probed in self._probed.items():
            values |= {prefix + name: value for name, value in self._means(probed).items()}
        by_lane = torch.stack(list(values.values()), dim=1).tolist()
        return [dict(zip(values, numbers, strict=True)) for numbers in by_lane]

    def _means(self, probed: _Probed) -> dict[str, Tensor]:
        n_lanes, n_outputs = len(self.members), self._task.n_outputs
        outputs = [self._network.evaluate(chunk)[..., :n_outputs] for chunk in probed.chunks]
        logits = torch.cat(outputs, dim=1).flatten(0, 1)
        functions = {"loss": self._task.loss, "error": self._task.error}
        return {
            name: function(logits, probed.targets).view(n_lanes, -1).mean(1)
            for name, function in functions.items()
            if function is not None
        }


class _Probed:
    """The first examples of every lane, in chunks of shape (L, 512, ...) at most."""

    def __init__(self, lanes: Sequence[Any], shape: Shape) -> None:
        n_examples = min(n_probed, len(lanes[0]))
        taken = {id(examples): examples.take(slice(n_examples)) for examples in lanes}
        examples = StackedExamples([taken[id(examples)] for examples in lanes], shape)
        rows = (examples.first_L1 + torch.arange(n_examples)).flatten()
        inputs, self.targets = examples.at(rows)
        self.chunks = [chunk.contiguous() for chunk in torch.split(inputs, chunk_size, dim=1)]


class _Factor:
    """A number per lane as what the lanes' flat tensors are multiplied by.

    It is one number where all lanes have the same: a product has the same bits either way.
    """

    def __init__(self, like: Stack) -> None:
        self._like = like
        self._spread: Stack | None = None
        self._values: tuple[float, ...] = ()

    def __call__(self, values: tuple[float, ...]) -> Any:
        if len(set(values)) == 1:
            return values[0]
        if self._spread is None:
            self._spread = self._like.zeros()
        if values != self._values:
            self._spread.spread(values)
            self._values = values
        return [self._spread.flat]


def alike(trajectories: Iterable[Trajectory]) -> list[list[Trajectory]]:
    """Return trainings in groups that can be trained in lanes of one program; those that cannot be are alone.

    Lanes pay while what they touch in a step stays in the cache; how many that are, `Tempo` finds out. With several
    threads a product's bits depend on how many products there are to share them: each training is alone then.
    """
    by_kind: dict[Hashable, list[Trajectory]] = {}
    for one in trajectories:
        kind = getattr(one, "kind", None)
        is_alone = kind is None or torch.get_num_threads() > 1
        by_kind.setdefault(id(one) if is_alone else kind, []).append(one)
    return [part for group in by_kind.values() for part in _parts(group)]


def _parts(group: list[Trajectory]) -> list[list[Trajectory]]:
    """Return a group in parts of about equal size, none of which touches more than any cache holds."""
    if len(group) == 1:
        return [group]
    n_most = max(1, min(most_lanes, most_bytes // _bytes_touched(group[0])))
    n_parts = -(-len(group) // n_most)
    return [group[part::n_parts] for part in range(n_parts)]


def _bytes_touched(one: Trajectory) -> int:
    """Return about how much memory a lane touches in a step: weights and activations, each with its gradient."""
    weights = list(one.module.parameters())
    flow = flow_through(one.module, one.splits.train.inputs)
    n_numbers = 2 * sum(weight.numel() for weight in weights)
    n_numbers += one.batches.batch_size * (4 * flow.n_units + flow.n_columns)
    return n_numbers * weights[0].element_size()


def advance(group: Sequence[Trajectory]) -> list[Trajectory]:
    """Take one step in those trainings of a group that are furthest behind, and return them.

    Those that go on from states of different steps so come together. None of them may have finished.
    """
    step = min(one.step for one in group)
    behind = [one for one in group if one.step == step]
    if len(behind) == 1:
        behind[0].advance()
    elif behind[0].stepper.members == tuple(behind) and len({id(one.stepper) for one in behind}) == 1:
        behind[0].stepper.advance()
    else:
        Lanes(behind).advance()
    return behind
