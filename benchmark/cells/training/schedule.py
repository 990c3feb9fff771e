"""The learning rate as a function of the step: closed forms, no state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.cells.training.recipe import Recipe


def learning_rate(recipe: Recipe, step: int, n_steps: int) -> float:
    """Return the learning rate of step `step` (from 0) of a budget of `n_steps`.

    Warm-up, for t < w = `warmup_steps`: lr (t + 1) / w. After it:
        constant: lr.
        cosine: lr (1 + cos(pi (t - w) / (T - w))) / 2 with T = `n_steps` (Loshchilov & Hutter 2017, eq. 5).
        step: lr gamma^m, m the number of milestones f with t >= round(f T); warm-up does not shift them.
    """
    if step < recipe.warmup_steps:
        return recipe.lr * (step + 1) / recipe.warmup_steps
    if recipe.schedule == "cosine":
        progress = (step - recipe.warmup_steps) / (n_steps - recipe.warmup_steps)
        return recipe.lr * (1 + math.cos(math.pi * progress)) / 2
    if recipe.schedule == "step":
        passed = sum(step >= round(fraction * n_steps) for fraction in recipe.milestones)
        return recipe.lr * recipe.gamma**passed
    return recipe.lr
