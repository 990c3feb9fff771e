"""Do a user's own data and network fit each other: asked of a few examples, before the first step of training."""

from __future__ import annotations

import copy
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.cells.cell import Cell

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark.cells.data.splits import Splits


def check_parts(cell: Cell, splits: Splits, module: nn.Module) -> None:
    """Refuse a network that does not fit its data, and a task whose loss or error is no number for every example.

    A mean in place of losses of examples would train without a word, and every measure of it would be wrong. Cells of
    parts that come with this package are left alone: their tests hold them.

    Raises:
        ValueError: naming the spec with its file and line, what it returned, and what it should.
    """
    if all(_is_of_this_package(spec) for spec in (cell.data, cell.model)):
        return
    import torch

    data, model = _named(cell.data), _named(cell.model)
    _check_classes(splits, data)
    n_asked = (
        2 if splits.task.n_outputs != 2 else 3
    )  # else a mean over the examples would have the right shape
    inputs, targets = splits.train.inputs[:n_asked], splits.train.targets[:n_asked]
    devices = [inputs.device] if inputs.is_cuda else []
    with torch.random.fork_rng(devices=devices), torch.no_grad():
        outputs = _outputs(module, inputs, model)
        if tuple(outputs.shape[:1]) != (len(inputs),) or outputs.shape[-1] != splits.task.n_outputs:
            raise ValueError(
                f"the network of {model} returns shape {tuple(outputs.shape)} for {len(inputs)} examples; return a row "
                f"for each, of the task's n_outputs = {splits.task.n_outputs}"
            )
        for name, function in (("loss", splits.task.loss), ("error", splits.task.error)):
            if function is not None:
                _check_per_example(function, outputs, targets, f"task.{name} of {data}")


def _check_classes(splits: Splits, data: str) -> None:
    from benchmark.cells.data.task import cross_entropy

    if splits.task.loss is not cross_entropy:
        return
    for split in ("train", "val", "test"):
        targets = getattr(splits, split).targets
        wrong = targets[(targets < 0) | (targets >= splits.task.n_outputs)]
        if len(wrong):
            raise ValueError(
                f"{data} has class {wrong[0].item()} among its {split} targets, and the task n_outputs = "
                f"{splits.task.n_outputs}; give classes from 0 to {splits.task.n_outputs - 1}"
            )


def _outputs(module: nn.Module, inputs: Tensor, model: str) -> Tensor:
    try:
        outputs = copy.deepcopy(module).eval()(inputs)
    except Exception as error:  # whatever a network raises
        raise ValueError(
            f"the network of {model} does not take inputs of shape {tuple(inputs.shape)}: {error}"
        ) from error
    return _tensor(outputs, f"the network of {model}", "a row of outputs for every example")


def _tensor(found: Any, name: str, wanted: str) -> Tensor:
    from torch import Tensor

    if not isinstance(found, Tensor):
        raise ValueError(f"{name} returns a {type(found).__name__}; return a tensor, {wanted}")
    return found


def _check_per_example(function: Any, outputs: Tensor, targets: Tensor, name: str) -> None:
    try:
        found = function(outputs, targets)
    except Exception as error:  # whatever a loss raises
        raise ValueError(
            f"{name} does not take outputs of shape {tuple(outputs.shape)} and targets {targets.tolist()}: {error}"
        ) from error
    values = _tensor(found, name, "one number for every example")
    if tuple(values.shape) != (len(outputs),):
        raise ValueError(
            f"{name} returns shape {tuple(values.shape)} for {len(outputs)} examples; return one number for every "
            "example, such as by reduction='none'"
        )


def _is_of_this_package(spec: Any) -> bool:
    return type(spec).__module__.partition(".")[0] == __name__.partition(".")[0]


def _named(spec: Any) -> str:
    """Return the class of a spec, with folder, file and line where it is somebody's own."""
    kind = type(spec)
    if _is_of_this_package(spec):
        return kind.__name__
    path, line = Path(inspect.getsourcefile(kind) or ""), inspect.getsourcelines(kind)[1]
    return f"{kind.__name__} ({'/'.join(path.parts[-2:])}, line {line})"
