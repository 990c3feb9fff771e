"""From gradients to new weights: one optimizer step, in place.

The arithmetic is that of `torch.optim`; its bookkeeping per step is left out, as it costs small networks a
quarter of their time. The state lies open in `slots`, so that a checkpoint is a dictionary of tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import ClassVar, Protocol, TypeGuard

from torch import Tensor

Gradients = tuple[Tensor, ...] | list[Tensor]
Evaluate = Callable[[], tuple[Tensor, Gradients]]
Factor = float | list[Tensor]  # one number, or what every number of the tensors is multiplied by


class Update(Protocol):
    """One optimizer step.

    Attributes:
        slots: the state, by name; updated in place.
    """

    @property
    def slots(self) -> Mapping[str, Tensor]: ...

    def __call__(self, gradients: Gradients, lr: float, again: Evaluate) -> None:
        """Take one step.

        Args:
            gradients: of the mini-batch's mean loss, in the order of the weights.
            lr: learning rate of this step.
            again: evaluates mean loss and gradients of the same mini-batch anew, at the weights as they are by then
                (with the same dropout masks; batch-norm statistics move once more). Updates that look around before
                they step need it.
        """


class StackableUpdate(Update, Protocol):
    """An update that takes the step of several lanes at once.

    Attributes:
        steps_in_lanes: said by the class itself: one that is derived from it may step otherwise.
        arrays: lists of tensors in the form of the weights, as far as they are state.
        shared: what the updates of lanes must have in common.
    """

    steps_in_lanes: ClassVar[bool]

    @property
    def arrays(self) -> Sequence[list[Tensor]]: ...

    @property
    def shared(self) -> Hashable: ...

    def factors(self, lr: float) -> tuple[float, ...]:
        """Return the numbers that `move` multiplies by at this step, counting it if need be."""

    def move(
        self,
        weights: list[Tensor],
        arrays: Sequence[list[Tensor]],
        gradients: Gradients,
        factors: Sequence[Factor],
    ) -> None:
        """Take the step in place.

        Products with factors must be rounded before they are added to anything (`mul`, then `add`): a call for both
        may round otherwise where numbers fill no whole vector, and a lane would depend on the others.
        """


def can_stack_update(update: Update) -> TypeGuard[StackableUpdate]:
    """Tell whether an update's own class, not one that it is made from, says that lanes can step by it."""
    return "steps_in_lanes" in vars(type(update))
