"""What all training specs share: batches, budget, schedule, and when to stop."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Protocol

from benchmark.cells.checks import (
    reject,
    require_choice,
    require_count,
    require_non_negative,
    require_positive,
)

if TYPE_CHECKING:
    from torch import nn

    from benchmark.cells.data.splits import Splits


class Recipe(Protocol):
    """The fields that a trajectory reads from any training spec.

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
        augment: "none", or "crop_flip" for random crops (padding 4) and horizontal flips.
    """

    @property
    def batch_size(self) -> int: ...
    @property
    def lr(self) -> float: ...
    @property
    def weight_decay(self) -> float: ...
    @property
    def epochs(self) -> int | None: ...
    @property
    def steps(self) -> int | None: ...
    @property
    def schedule(self) -> str: ...
    @property
    def warmup_steps(self) -> int: ...
    @property
    def milestones(self) -> tuple[float, ...]: ...
    @property
    def gamma(self) -> float: ...
    @property
    def stop_at_loss(self) -> float | None: ...
    @property
    def check_every(self) -> int | None: ...
    @property
    def augment(self) -> str: ...


def check_recipe(recipe: Recipe) -> None:
    """Refuse impossible values with a `ValueError` that names field, value, and remedy."""
    require_count(recipe, "batch_size")
    require_positive(recipe, "lr")
    require_non_negative(recipe, "weight_decay")
    require_choice(recipe, "augment", ("none", "crop_flip"))
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


def budget(recipe: Recipe, per_epoch: int) -> int:
    """Return the number of optimizer steps, with `per_epoch` of them in an epoch."""
    n_steps = recipe.steps if recipe.steps is not None else (recipe.epochs or 0) * per_epoch
    if recipe.warmup_steps >= n_steps:
        reject(recipe, "warmup_steps", f"give less than the budget of {n_steps} steps")
    return n_steps


def check_fit(recipe: Recipe, module: nn.Module, splits: Splits) -> None:
    """Refuse, as `check_recipe` does, what can only be seen with the data and the network at hand."""
    from torch.nn.modules.batchnorm import _BatchNorm

    n_train = len(splits.train)
    if recipe.batch_size > n_train:
        reject(recipe, "batch_size", f"give at most the {n_train} training examples there are")
    has_batch_norm = any(isinstance(layer, _BatchNorm) for layer in module.modules())
    if has_batch_norm and 1 in (recipe.batch_size, n_train % recipe.batch_size):
        reject(recipe, "batch_size", f"batch norm needs 2 examples, and of {n_train} a batch gets only 1")
    if recipe.augment == "crop_flip" and splits.task.kind != "images":
        reject(recipe, "augment", f"give 'none', since inputs are {splits.task.kind}")
