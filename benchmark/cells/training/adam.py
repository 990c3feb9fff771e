"""Adam."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchmark.cells.checks import require_fraction, require_positive
from benchmark.cells.training.recipe import check_recipe

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark.cells.data.splits import Splits
    from benchmark.cells.training.trajectory import Trajectory


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Adam (Kingma & Ba 2015); see `AdamUpdate` for the equations.

    Attributes:
        beta1, beta2: decay of the running means of gradient and squared gradient, in [0, 1).
        epsilon: added to the root of the mean squared gradient.
        batch_size, lr, ...: the fields that all training specs share; see `Recipe`.
    """

    batch_size: int
    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
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
        require_fraction(self, "beta1")
        require_fraction(self, "beta2")
        require_positive(self, "epsilon")

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
        from benchmark.cells.training.update import AdamUpdate

        betas = (self.beta1, self.beta2)
        update = AdamUpdate(
            trainable(module), betas=betas, epsilon=self.epsilon, weight_decay=self.weight_decay
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
