"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchmark.cells.checks import reject, require_flag, require_fraction
from benchmark.cells.training.recipe import check_recipe

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark.cells.data.splits import Splits
    from benchmark.cells.training.trajectory import Trajectory


@dataclass(frozen=True, kw_only=True)
class SGD:
    """Mini-batch gradient descent with optional momentum; see `SGDUpdate` for the equations.

    Attributes:
        momentum: in [0, 1); 0 is plain gradient descent.
        nesterov: take the Nesterov form of momentum.
        batch_size, lr, ...: the fields that all training specs share; see `Recipe`.
    """

    batch_size: int
    lr: float
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    epochs: int | None = None
    steps: int | None = None
    schedule: Literal["constant", "cosine", "step"] = "constant"
    warmup_steps: int = 0
    milestones: tuple[float, ...] = ()
    gamma: float = 0.1
    stop_at_loss: float | None = None
    check_every: int | None = 10
    augment: Literal["none", "crop_flip"] = "none"

    def __post_init__(self) -> None:
        check_recipe(self)
        require_fraction(self, "momentum")
        require_flag(self, "nesterov")
        if self.nesterov and not self.momentum:
            reject(self, "nesterov", "give momentum > 0 with it")

    def begin(
        self,
        module: nn.Module,
        splits: Splits,
        *,
        order_seed: int,
        augment_seed: int,
        first_step: int = 0,
        optimizer_state: Mapping[str, Tensor] | None = None,
    ) -> Trajectory:
        """Return the trajectory from the present weights of `module`; for the arguments see `Trajectory`."""
        from benchmark.cells.training.trajectory import Trajectory, trainable
        from benchmark.cells.training.update import SGDUpdate

        update = SGDUpdate(
            trainable(module), momentum=self.momentum, nesterov=self.nesterov, weight_decay=self.weight_decay
        )
        return Trajectory(
            self,
            module,
            splits,
            update,
            order_seed=order_seed,
            augment_seed=augment_seed,
            first_step=first_step,
            optimizer_state=optimizer_state,
        )
