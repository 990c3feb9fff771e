"""What all training specs share: batches, budget, schedule, and when to stop."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchmark.cells.checks import (
    reject,
    require_choice,
    require_count,
    require_non_negative,
    require_positive,
)

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark.cells.data.splits import Splits
    from benchmark.cells.derivations.parent import Parent
    from benchmark.cells.training.trajectory import Trajectory
    from benchmark.cells.training.update import Update


@dataclass(frozen=True, kw_only=True)
class Recipe(ABC):
    """The fields of every training spec; a spec adds its own, and says how a gradient moves the weights.

    Attributes:
        batch_size: examples per step; the last batch of an epoch may be smaller and is kept.
        lr: learning rate; with a schedule the largest one.
        weight_decay: adds weight_decay * theta to the gradient, for all weights, biases and norm scales
            included.
        epochs, steps: the budget; exactly one of them is given.
        schedule: "constant", "cosine" or "step", see `learning_rate`.
        warmup_steps: steps over which the learning rate rises linearly.
        milestones: for "step", the fractions of the budget at which the learning rate is multiplied by
            `gamma`.
        stop_at_loss: stop once the mean loss (nats per example) of at most 2,048 training examples is at most
            this.
        check_every: with `stop_at_loss`, steps between two records; None for one per epoch.
        augment: "none"; for pictures "crop_flip", random crops (padding 4) and horizontal flips; for signals
            "translate", random shifts by up to 4 positions.
    """

    batch_size: int
    lr: float
    weight_decay: float = 0.0
    epochs: int | None = None
    steps: int | None = None
    schedule: Literal["constant", "cosine", "step"] = "constant"
    warmup_steps: int = 0
    milestones: tuple[float, ...] = ()
    gamma: float = 0.1
    stop_at_loss: float | None = None
    check_every: int | None = 10
    augment: Literal["none", "crop_flip", "translate"] = "none"

    def __post_init__(self) -> None:
        check_recipe(self)

    @abstractmethod
    def update(self, weights: Mapping[str, Tensor]) -> Update:
        """Return what takes one optimizer step on these weights."""

    def begin(
        self,
        module: nn.Module,
        splits: Splits,
        *,
        order_seed: int,
        augment_seed: int,
        first_step: int = 0,
        optimizer_state: Mapping[str, Tensor] | None = None,
        parents: tuple[Parent, ...] = (),  # noqa: ARG002 -- for procedures that train between networks
    ) -> Trajectory:
        """Return the trajectory from the present weights of `module`; for the arguments see `Trajectory`.

        `parents` are the networks that a derived start is made of: a curve between two of them, or a subspace
        through several, is trained by a spec of its own, which overrides this.
        """
        from benchmark.cells.training.trajectory import Trajectory, trainable

        return Trajectory(
            self,
            module,
            splits,
            self.update(trainable(module)),
            order_seed=order_seed,
            augment_seed=augment_seed,
            first_step=first_step,
            optimizer_state=optimizer_state,
        )


def check_recipe(recipe: Recipe) -> None:
    """Refuse impossible values with a `ValueError` that names field, value, and remedy."""
    require_count(recipe, "batch_size")
    require_positive(recipe, "lr")
    require_non_negative(recipe, "weight_decay")
    require_choice(recipe, "augment", ("none", "crop_flip", "translate"))
    _check_budget(recipe)
    _check_schedule(recipe)
    if recipe.stop_at_loss is not None:
        require_positive(recipe, "stop_at_loss")
    if recipe.check_every is not None:
        require_count(recipe, "check_every")


def _check_budget(recipe: Recipe) -> None:
    if (recipe.epochs is None) == (recipe.steps is None):
        reject(recipe, "epochs", f"and steps is {recipe.steps!r}; give exactly one of the two")
    require_count(recipe, "steps" if recipe.epochs is None else "epochs")


def _check_schedule(recipe: Recipe) -> None:
    require_choice(recipe, "schedule", ("constant", "cosine", "step"))
    require_count(recipe, "warmup_steps", least=0)
    require_positive(recipe, "gamma")
    if recipe.steps is not None and recipe.warmup_steps >= recipe.steps:
        reject(recipe, "warmup_steps", f"give less than the budget of {recipe.steps} steps")
    if (recipe.schedule == "step") != bool(recipe.milestones):
        reject(recipe, "milestones", "give fractions of the budget with schedule='step', and only then")
    if not isinstance(recipe.milestones, tuple) or not _rise_inside_unit_interval(recipe.milestones):
        reject(recipe, "milestones", "give a tuple of rising fractions between 0 and 1, such as (0.5, 0.75)")


def _rise_inside_unit_interval(fractions: tuple[float, ...]) -> bool:
    bounds = (0, *fractions, 1)
    return all(left < right for left, right in itertools.pairwise(bounds))
