"""What a network is asked to do: shape of its input, size of its output, loss and error of one example.

Nothing in training, landscape or measures names cross-entropy; they call `Task.loss`.

Legend of shape suffixes: B examples, K classes, D outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor
from torch.nn import functional

PerExample = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class Task:
    """A supervised task.

    Attributes:
        kind: what an input is.
        input_shape: shape of one input; (channels, height, width) for images.
        n_outputs: length of the output of one example.
        classes: names of the classes, or None where there are none.
        loss: (outputs, targets) -> loss of every example, shape (B,), in nats, twice differentiable.
        error: (outputs, targets) -> 0 or 1 for every example, shape (B,); or None where no output is wrong.
    """

    kind: Literal["images", "vectors", "tokens"]
    input_shape: tuple[int, ...]
    n_outputs: int
    classes: tuple[str, ...] | None
    loss: PerExample
    error: PerExample | None


def classification(
    *,
    input_shape: tuple[int, ...],
    n_outputs: int,
    classes: tuple[str, ...] | None = None,
    kind: Literal["images", "vectors", "tokens"] = "images",
) -> Task:
    """Return the task of naming one of `n_outputs` classes, under cross-entropy.

    Raises:
        ValueError: with fewer than two classes, or another number of names than classes.
    """
    if n_outputs < 2:
        raise ValueError(f"n_outputs is {n_outputs}; a classification needs at least two classes")
    if classes is not None and len(classes) != n_outputs:
        raise ValueError(f"classes has {len(classes)} names for {n_outputs} classes; name each class once")
    return Task(
        kind=kind,
        input_shape=input_shape,
        n_outputs=n_outputs,
        classes=classes,
        loss=cross_entropy,
        error=misclassified,
    )


def regression(*, input_shape: tuple[int, ...], n_outputs: int) -> Task:
    """Return the task of predicting `n_outputs` real numbers, under squared error.

    Raises:
        ValueError: with fewer than one output.
    """
    if n_outputs < 1:
        raise ValueError(f"n_outputs is {n_outputs}; a regression needs at least one")
    return Task(
        kind="vectors",
        input_shape=input_shape,
        n_outputs=n_outputs,
        classes=None,
        loss=squared_error,
        error=None,
    )


def cross_entropy(logits_BK: Tensor, targets_B: Tensor) -> Tensor:
    """Return -log softmax(logits)[target] of every example, shape (B,), in nats."""
    return functional.cross_entropy(logits_BK, targets_B, reduction="none")


def misclassified(logits_BK: Tensor, targets_B: Tensor) -> Tensor:
    """Return 1.0 where the largest logit is not the target's, else 0.0, shape (B,)."""
    return (logits_BK.argmax(dim=1) != targets_B).to(logits_BK.dtype)


def squared_error(outputs_BD: Tensor, targets_BD: Tensor) -> Tensor:
    """Return half the squared distance between output and target of every example, shape (B,).

    The half makes it the negative log-likelihood in nats of a Gaussian with unit variance, up to a constant,
    and the Gauss-Newton matrix of the mean loss J'J / N.
    """
    return 0.5 * (outputs_BD - targets_BD).square().flatten(start_dim=1).sum(dim=1)


# losses and errors whose bits, for one example, are those of it alone
row_by_row = (cross_entropy, squared_error)
errors_row_by_row = (misclassified, None)
