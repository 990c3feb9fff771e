"""The statistics of batch-norm layers, away from the point at which they were gathered."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from benchmark.landscape.weights import Buffers


def recalibrated(module: nn.Module, buffers: Buffers, forward: Callable[[Buffers], object]) -> Buffers:
    """Return buffers with statistics that are the cumulative average over the batches of `forward`; copies.

    Args:
        module: in evaluation mode, as it is afterwards.
        buffers: all of the module's, by name.
        forward: runs the module on batches of equal size, with the buffers it is given, in place.

    Example:
        >>> import torch
        >>> from benchmark.landscape.batch_norm import recalibrated
        >>> norm, batch = torch.nn.BatchNorm1d(1).double().eval(), torch.tensor([[1.0], [3.0]]).double()
        >>> found = recalibrated(
        ...     norm, dict(norm.named_buffers()), lambda buffers: torch.func.functional_call(norm, buffers, batch)
        ... )
        >>> found["running_mean"].tolist(), found["running_var"].tolist()  # the variance is the unbiased one
        ([2.0], [2.0])
        >>> norm.running_mean.tolist(), norm.running_var.tolist()
        ([0.0], [1.0])
    """
    fresh = {name: buffer.clone() for name, buffer in buffers.items()}
    layers = _layers(module)
    if not layers:
        return fresh
    for layer in layers:
        layer.train().momentum = None
    for name, buffer in fresh.items():
        if name.endswith(("running_mean", "num_batches_tracked")):
            buffer.zero_()
        elif name.endswith("running_var"):
            buffer.fill_(1)
    try:
        with torch.no_grad():
            forward(fresh)
    finally:
        for layer in layers:
            layer.eval()
    return fresh


def forget_statistics(module: nn.Module) -> None:
    """Make batch-norm layers use the statistics of the batch, also in evaluation mode."""
    for layer in _layers(module):
        layer.running_mean = layer.running_var = layer.num_batches_tracked = None


def _layers(module: nn.Module) -> list[_BatchNorm]:
    return [layer for layer in module.modules() if isinstance(layer, _BatchNorm)]
