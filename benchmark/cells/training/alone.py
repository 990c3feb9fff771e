"""The step of a training that cannot be a lane: torch's own layers, differentiated by autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.modules.dropout import _DropoutNd

from benchmark.cells.streams import derive_seed
from benchmark.cells.training.progress import Progress

if TYPE_CHECKING:
    from torch import nn

    from benchmark.cells.training.trajectory import Trajectory


class Alone:
    """One training, of whatever network and update.

    Dropout draws from torch's global generator, seeded at step t with (order_seed, "dropout", t) if the network has
    any.

    Attributes:
        members: the training.
    """

    def __init__(self, member: Trajectory) -> None:
        self.members = (member,)
        self._member, self._module, self._loss = member, member.module, member.splits.task.loss
        self._weights = [weight for weight in member.module.parameters() if weight.requires_grad]
        self._progress = Progress(member.module, member.splits)
        self._draws = _draws_in_forward_pass(member.module)
        self._global_generator = _global_generator(member.splits.train.inputs.device)
        self._gradients: tuple[Tensor, ...] = ()

    def advance(self) -> None:
        """Take one optimizer step, and make a record when it is due."""
        member = self._member
        _, self._gradients = self._evaluated()
        member.update(self._gradients, member.lr, self._evaluated)
        member.moved()
        if member.is_due:
            member.record(*self.observe(moved=True))

    def observe(self, *, moved: bool = False) -> list[dict[str, float]]:
        """Return the record of progress, with the gradient of the last step if one was just taken."""
        return [self._progress.record(self._gradients if moved else ())]

    def _evaluated(self) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return mean loss and gradients of the step's mini-batch at the present weights."""
        inputs, targets = self._member.batches.at(self._member.step)
        if self._draws:
            self._global_generator.manual_seed(
                derive_seed(self._member.order_seed, "dropout", self._member.step)
            )
        loss = self._loss(self._module(inputs), targets).mean()
        # of the mean: with `grad_outputs`, torch would load its symbolic shapes, for seconds, in every worker
        return loss, torch.autograd.grad(loss, self._weights)


def _draws_in_forward_pass(module: nn.Module) -> bool:
    # recurrent and attention layers have no dropout layer inside, but an attribute
    return any(isinstance(layer, _DropoutNd) or getattr(layer, "dropout", 0) for layer in module.modules())


def _global_generator(device: torch.device) -> torch.Generator:
    on_cuda = device.type == "cuda"
    return torch.cuda.default_generators[device.index or 0] if on_cuda else torch.default_generator
