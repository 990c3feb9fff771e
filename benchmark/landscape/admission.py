"""What a network from outside must be to be measured: refused here, with the remedy, rather than measured wrongly."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from benchmark.cells.data.task import PerExample


def checked_outputs(
    module: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    *,
    test: tuple[Tensor, Tensor] | None,
    loss: PerExample | None,
    error: PerExample | None,
) -> Tensor:
    """Return what a copy of the network returns for the first two examples (or one), with gradient.

    Raises:
        ValueError: for an argument that cannot be measured; the message says which, why, and what to do.
    """
    _check_module(module)
    _check_tensors(inputs, targets, test)
    _check_callable("loss", loss)
    _check_callable("error", error)
    return _outputs(module, inputs[:2])


def _check_module(module: object) -> None:
    if not isinstance(module, nn.Module):
        raise ValueError(
            f"module is {kind_of(module)}, not a torch.nn.Module; write Network(module, inputs, targets), in this order"
        )
    if next(module.parameters(), None) is None:
        raise ValueError(
            f"module, {kind_of(module)}, has no parameters, so there is no loss surface over them; give the network "
            "itself, with its layers assigned as attributes or kept in a torch.nn.ModuleList"
        )
    if not any(weight.requires_grad for weight in module.parameters()):
        raise ValueError(
            f"module, {kind_of(module)}, is frozen, and frozen parameters are not moved; write "
            "module.requires_grad_(True) for all of them"
        )


def _check_tensors(inputs: object, targets: object, test: object) -> None:
    tensors = {"inputs": inputs, "targets": targets}
    if test is not None:
        if not isinstance(test, tuple | list) or len(test) != 2:
            raise ValueError(f"test is {kind_of(test)}; give a pair of tensors, test=(inputs, targets)")
        tensors |= {"test[0]": test[0], "test[1]": test[1]}
    for name, values in tensors.items():
        if not isinstance(values, Tensor):
            raise ValueError(
                f"{name} is {kind_of(values)}, not a tensor; convert arrays and lists by torch.as_tensor({name}), and "
                "put the batches of a loader together by torch.cat"
            )
        if values.dim() == 0:
            raise ValueError(
                f"{name} is a single number; give a tensor whose first dimension counts examples"
            )
    if len(tensors["inputs"]) == 0:  # type: ignore[arg-type]
        raise ValueError("inputs is empty; give at least one example to take the loss over")


def _check_callable(name: str, function: object) -> None:
    if function is not None and not callable(function):
        raise ValueError(
            f"{name} is {kind_of(function)}, not a function; give one such as lambda outputs, targets: "
            "torch.nn.functional.cross_entropy(outputs, targets, reduction='none')"
        )


def returning_tensors(name: str, function: PerExample | None) -> PerExample | None:
    """Return the same function, which refuses to return anything but a tensor."""
    if function is None:
        return None

    def checked(outputs: Tensor, targets: Tensor) -> Tensor:
        values = function(outputs, targets)
        if not isinstance(values, Tensor):
            raise ValueError(
                f"{name} returns {kind_of(values)}, not a tensor; compute it by functions of torch"
            )
        return values

    return checked


def _outputs(module: nn.Module, inputs: Tensor) -> Tensor:
    """Return what a copy returns for (at most) two examples, with gradient; refuse what no loss can be taken of."""
    probe = copy.deepcopy(module).eval()
    with torch.enable_grad():
        outputs = probe(inputs)
    if not isinstance(outputs, Tensor):
        raise ValueError(
            f"module returns {kind_of(outputs)}, not a tensor; wrap it in a torch.nn.Module whose forward returns the "
            "logits alone, such as self.inner(inputs).logits"
        )
    if outputs.dim() == 0 or len(outputs) != len(inputs):
        raise ValueError(
            f"module returns shape {tuple(outputs.shape)} for {len(inputs)} examples; return one row for each, in the "
            "first dimension"
        )
    if not outputs.requires_grad:
        raise ValueError(
            "module returns outputs without gradient; take detach(), torch.no_grad() and argmax out of its forward"
        )
    _check_alone(probe, inputs, outputs.detach())
    return outputs


def _check_alone(probe: nn.Module, inputs: Tensor, together: Tensor) -> None:
    if len(inputs) == 1:
        return
    advice = (
        "loss of an example depends on the others in its batch, or on chance: module, in evaluation mode, {} for an "
        "example alone; give batch norm running statistics, and dropout training=self.training"
    )
    try:
        with torch.no_grad():
            alone = [probe(inputs[i : i + 1]) for i in range(len(inputs))]
    except ValueError as error:  # batch norm of batches refuses a batch of one
        raise ValueError(advice.format(f"fails ({error})")) from error
    # The cube root leaves room for TF32, and for kernels that differ with the size of a batch.
    if not _same(together, alone, torch.finfo(together.dtype).eps ** (1 / 3)):
        raise ValueError(advice.format("returns something else"))


def check_loss(loss: PerExample, outputs: Tensor, targets: Tensor) -> None:
    """Refuse a loss without gradient, and one that takes examples together.

    Args:
        loss: outputs of shape (B, ...) and targets of shape (B, ...) to losses of shape (B,).
        outputs: of two examples (or one), with gradient.
        targets: theirs.

    Raises:
        ValueError: saying what to take out of it.
    """
    with torch.enable_grad():
        losses = loss(outputs, targets)
    if not losses.requires_grad:
        raise ValueError(
            "loss returns a tensor without gradient; take detach(), item(), torch.no_grad() and argmax out of it, or "
            "give what has no gradient as error=..."
        )
    outputs = outputs.detach()
    alone = [loss(outputs[i : i + 1], targets[i : i + 1]) for i in range(len(outputs))]
    if not _same(losses.detach(), alone, 16 * torch.finfo(losses.dtype).eps, floor=1.0):
        values = [value.tolist() for value in alone]
        raise ValueError(
            f"loss of an example depends on the others in its batch: {losses.tolist()} together, {values} alone; take "
            "means, maxima and softmax over other dimensions than the first, without chance"
        )


def _same(together: Tensor, alone: Sequence[Tensor], tolerance: float, *, floor: float = 0.0) -> bool:
    flat, parts = together.reshape(-1), torch.cat([part.reshape(-1) for part in alone])
    finite = flat[flat.isfinite()].abs().tolist()
    atol = tolerance * max([floor, *finite])  # rounding goes with the largest number
    return flat.shape == parts.shape and torch.allclose(flat, parts, atol=atol, equal_nan=True)


def kind_of(value: object) -> str:
    """Return what came, in words: the value of a string, else the type."""
    if isinstance(value, str):
        return f"the string {value!r}"
    kind = type(value)
    return (
        f"a {kind.__qualname__}"
        if kind.__module__ == "builtins"
        else f"a {kind.__module__}.{kind.__qualname__}"
    )
