"""From gradients to new weights: one optimizer step, in place.

The arithmetic is that of `torch.optim`; its bookkeeping per step is left out, as it costs small networks a
quarter of their time. The state lies open in `slots`, so that a checkpoint is a dictionary of tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from torch import Tensor

Gradients = tuple[Tensor, ...] | list[Tensor]
Evaluate = Callable[[], tuple[Tensor, Gradients]]


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
