"""What a training spec and the data and network at hand are to each other: whether they fit, and the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn.modules.batchnorm import _BatchNorm

from benchmark.cells.checks import reject

if TYPE_CHECKING:
    from torch import nn

    from benchmark.cells.data.splits import Splits
    from benchmark.cells.data.task import Task
    from benchmark.cells.training.recipe import Recipe


def budget(recipe: Recipe, per_epoch: int) -> int:
    """Return the number of optimizer steps, with `per_epoch` of them in an epoch."""
    n_steps = recipe.steps if recipe.steps is not None else (recipe.epochs or 0) * per_epoch
    if recipe.warmup_steps >= n_steps:
        reject(recipe, "warmup_steps", f"give less than the budget of {n_steps} steps")
    return n_steps


def check_fit(recipe: Recipe, module: nn.Module, splits: Splits) -> None:
    """Refuse, as `check_recipe` does, what can only be seen with the data and the network at hand."""
    n_train = len(splits.train)
    if recipe.batch_size > n_train:
        reject(recipe, "batch_size", f"give at most the {n_train} training examples there are")
    has_batch_norm = any(isinstance(layer, _BatchNorm) for layer in module.modules())
    if has_batch_norm and 1 in (recipe.batch_size, n_train % recipe.batch_size):
        reject(recipe, "batch_size", f"batch norm needs 2 examples, and of {n_train} a batch gets only 1")
    _check_augment(recipe, splits.task)


def _check_augment(recipe: Recipe, task: Task) -> None:
    """Refuse the augmentation of other inputs than those of `task`."""
    is_signal = task.kind == "vectors" and len(task.input_shape) == 2  # channels and positions
    inputs = "signals" if is_signal else task.kind
    fitting = {"images": ("crop_flip", "none"), "signals": ("translate", "none")}.get(inputs, ("none",))
    if recipe.augment not in fitting:
        reject(recipe, "augment", f"give {' or '.join(map(repr, fitting))}, since inputs are {inputs}")
