"""What a training writes down on its way: loss, error and norms, from fixed examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from benchmark.cells.data.splits import Examples, Splits

Tensors = tuple[Tensor, ...] | list[Tensor]

n_probed = 2048
chunk_size = 512


class Progress:
    """Looks at a network in training, through the first 2,048 training and validation examples at most.

    Loss and error are means over these examples, in evaluation mode (no dropout, running batch-norm
    statistics), without augmentation and weight decay. All numbers of a record reach the host in one
    transfer.
    """

    def __init__(self, module: nn.Module, splits: Splits) -> None:
        self._module, self._task = module, splits.task
        self._weights: list[Tensor] = [weight for weight in module.parameters() if weight.requires_grad]
        self._probed = {
            prefix: examples.take(slice(n_probed))
            for prefix, examples in {"": splits.train, "val_": splits.val}.items()
            if len(examples)
        }

    def record(self, gradients: Tensors) -> dict[str, float]:
        """Return loss, error, weight_norm, val_loss, val_error, and gradient_norm where there are gradients.

        weight_norm is the Euclidean norm of all trainable weights; gradient_norm that of `gradients`.
        """
        self._module.eval()
        with torch.no_grad():
            values = {"weight_norm": _norm(self._weights)}
            if gradients:
                values["gradient_norm"] = _norm(gradients)
            for prefix, examples in self._probed.items():
                values |= self._means(prefix, examples)
        self._module.train()
        return dict(zip(values, torch.stack(list(values.values())).tolist(), strict=True))

    def _means(self, prefix: str, examples: Examples) -> dict[str, Tensor]:
        outputs = torch.cat([self._module(chunk) for chunk in torch.split(examples.inputs, chunk_size)])
        means = {prefix + "loss": self._task.loss(outputs, examples.targets).mean()}
        if self._task.error is not None:
            means[prefix + "error"] = self._task.error(outputs, examples.targets).mean()
        return means


def _norm(tensors: Tensors) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(tensors)))
    return norm
