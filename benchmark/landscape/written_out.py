"""The passes of small networks, written out layer by layer, at several sets of weights at once.

For a small network most of a pass is the bookkeeping of some dozens of calls. The stacked layers that train in lanes
have none of autograd's, and share what is left between sets of weights: points of a surface, or of a Lanczos process
each. What they find at one set does not depend on the others.

Legend of shape suffixes: L sets of weights, B examples of a chunk, F features, K outputs, P weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from benchmark.cells.data.task import Task
from benchmark.cells.stacked.stack import Stack, line, padded
from benchmark.cells.stacked.stacked_layer import Shape
from benchmark.cells.stacked.stacked_network import StackedNetwork, layout_of
from benchmark.landscape.by_autograd import ByAutograd
from benchmark.landscape.curvature import Built, pulled_back
from benchmark.landscape.kept_outputs import StackedFirstLayer
from benchmark.landscape.passes import Statistics
from benchmark.landscape.per_example import losses
from benchmark.landscape.tangent_layers import tangent_classes
from benchmark.landscape.weights import Buffers

most_together = 20
outputs_bytes = 1536 * 2**10  # of a layer at all sets of weights: more of them fall out of a core's cache
weights_bytes = 16 * 2**20  # of all sets of weights
inputs_bytes = 2**28  # of padded inputs that are kept for the next pass


def can_be_written_out(module: nn.Module, inputs: Tensor, task: Task) -> bool:
    """Tell whether a network, on a CPU and in one precision, is made of layers that are written out here.

    Batch norm is none of them: what its statistics are away from the trained network is a question of its own.
    """
    tensors = [inputs, *module.parameters()]
    dtypes = {tensor.dtype for tensor in tensors}
    devices = {tensor.device.type for tensor in tensors}
    if dtypes not in ({torch.float32}, {torch.float64}) or devices != {"cpu"}:
        return False
    is_known = all(type(layer) in tangent_classes for layer in module.modules())
    return is_known and layout_of(module, inputs, task.n_outputs) is not None


class WrittenOut:
    """See `Passes`.

    What is not finite is computed again by autograd: zeros with which features are padded would turn infinite weights
    and activations into NaN.
    """

    def __init__(self, plain: ByAutograd, shape: Shape) -> None:
        """Take the passes of a network that can be written out, and the shape in which it reads an example."""
        self._shape = shape
        self._plain, self._task = plain, plain.task
        self._shapes = tuple(weight.shape for weight in plain.like.values())
        self._n_units = max(
            [weight.shape[0] for weight in plain.like.values() if weight.dim() > 1], default=1
        )
        self._networks: dict[int, StackedNetwork] = {}
        self._first: StackedFirstLayer | None = None
        self._inputs: dict[tuple[Any, ...], tuple[Tensor, Tensor]] = {}

    def n_together(self, n_examples: int) -> int:
        """Return as many as stay in the cache."""
        item = next(iter(self._plain.like.values())).element_size()
        of_outputs = outputs_bytes // (n_examples * self._n_units * item)
        of_weights = weights_bytes // (sum(map(math.prod, self._shapes)) * item)
        return max(1, min(most_together, of_outputs, of_weights))

    def outputs(self, theta_LP: Tensor, inputs_B: Tensor, buffers_L: Statistics) -> Tensor:
        """Return the outputs at every set of weights, shape (L, B, K)."""
        with torch.no_grad():
            network = self._network(theta_LP)
            padded_LBK = network.evaluate(self._spread(inputs_B, len(theta_LP)))
        outputs_LBK = padded_LBK[..., : self._task.n_outputs].contiguous()  # as a loss may expect them
        is_finite_L = outputs_LBK.isfinite().flatten(1).all(1)
        for lane in (~is_finite_L).nonzero().flatten().tolist():  # the others keep their bits
            outputs_LBK[lane] = self._plain.outputs(theta_LP[lane : lane + 1], inputs_B, [buffers_L[lane]])[0]
        return outputs_LBK

    def on_slice(
        self, origin_P: Tensor, axes: Sequence[Tensor], *, budget: int
    ) -> tuple[WrittenOut, StackedFirstLayer] | None:
        """Return the same passes, with their first layer computed once for a slice of weights, and that layer.

        None where the first layer is not a linear one. `budget` is the number of bytes that its outputs may take.
        """

        def outputs_at(point_P: Tensor, x_1BF: Tensor) -> Tensor:
            layer = self._network(point_P.unsqueeze(0)).reads_inputs
            assert layer is not None
            return layer.evaluate(x_1BF)

        if self._network(origin_P.unsqueeze(0)).reads_inputs is None:
            return None
        other = WrittenOut(self._plain, self._shape)
        other._first = StackedFirstLayer(
            compute=lambda x_1BF: [outputs_at(point_P, x_1BF) for point_P in (origin_P, *axes)],
            n_axes=len(axes),
            budget=budget,
        )
        return other, other._first

    def loss_and_gradient(
        self, theta_P: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Buffers | None
    ) -> tuple[Tensor, Tensor]:
        """Return the sum of the examples' losses, and its gradient, shape (P,)."""
        with torch.no_grad():
            network = self._network(theta_P.detach().unsqueeze(0))
            outputs_LBK = network.forward(self._spread(inputs_B, 1))
            loss = _Loss(outputs_LBK, targets_B, self._task, create_graph=False)
            if not bool(loss.total.isfinite()):
                with torch.enable_grad():
                    return self._plain.loss_and_gradient(theta_P, inputs_B, targets_B, buffers)
            network.backward(loss.slope_LBK)
            return loss.total.double(), network.gradients.read()[0]

    def hessian(
        self, theta_LP: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Buffers | None
    ) -> Built:
        """Return the products with the Hessians of the chunk's mean loss, and the bytes they hold."""
        return self._curvature("hessian", theta_LP, inputs_B, targets_B, buffers)

    def gauss_newton(
        self, theta_LP: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Buffers | None
    ) -> Built:
        """Return the products with the Gauss-Newton matrices, and the bytes they hold."""
        return self._curvature("gauss_newton", theta_LP, inputs_B, targets_B, buffers)

    def _curvature(
        self, matrix: str, theta_LP: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Any
    ) -> Built:
        with torch.no_grad():
            network = TangentNetwork(
                self._plain.module, Stack.at(self._shapes, theta_LP.detach()), self._shape
            )
            x_LBF = self._spread(inputs_B, len(theta_LP))
            loss = _Loss(network.forward(x_LBF), targets_B, self._task, create_graph=True)
            if not bool(loss.total.isfinite()):
                return self._not_finite(matrix, theta_LP, inputs_B, targets_B, buffers)
            if matrix == "hessian":
                network.backward(loss.slope_LBK / len(inputs_B))
        n_units = sum(shape[0] for shape in self._shapes if len(shape) > 1)
        n_bytes = 4 * len(theta_LP) * len(inputs_B) * n_units * theta_LP.element_size()
        product = partial(_product, matrix, network, x_LBF, loss, len(inputs_B))
        return product, n_bytes

    def _not_finite(
        self, matrix: str, theta_LP: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Any
    ) -> Built:
        """Return the products where a loss is not finite; the others are what they are without it."""
        if len(theta_LP) == 1:
            with torch.enable_grad():
                built: Built = getattr(self._plain, matrix)(theta_LP, inputs_B, targets_B, buffers)
            return built
        every = [
            self._curvature(matrix, theta_P.unsqueeze(0), inputs_B, targets_B, buffers)
            for theta_P in theta_LP
        ]

        def product(vector_LP: Tensor) -> Tensor:
            return torch.cat([one(v_P.unsqueeze(0)) for (one, _), v_P in zip(every, vector_LP, strict=True)])

        return product, sum(n_bytes for _, n_bytes in every)

    def _network(self, theta_LP: Tensor) -> StackedNetwork:
        """Return the network at these weights, the same object for every number of them."""
        n_lanes = len(theta_LP)
        if n_lanes not in self._networks:
            network = StackedNetwork(
                [self._plain.module] * n_lanes, Stack(self._shapes, n_lanes, theta_LP), self._shape
            )
            if self._first is not None and (layer := network.reads_inputs) is not None:
                layer.evaluate = partial(self._first.evaluate, layer.evaluate)  # type: ignore[method-assign]
            self._networks[n_lanes] = network
        self._networks[n_lanes].weights.write(theta_LP)
        return self._networks[n_lanes]

    def _spread(self, inputs_B: Tensor, n_lanes: int) -> Tensor:
        """Return flat inputs, padded to whole cache lines, for every lane; kept for the next pass.

        Inputs that are changed in place are others, unless they are changed behind torch's back, as through numpy.
        """
        version = 0 if inputs_B.is_inference() else inputs_B._version  # changed in place, it is another
        key = inputs_B.data_ptr(), inputs_B.shape, inputs_B.stride(), version
        if key not in self._inputs:
            flat_BF = inputs_B.flatten(1)
            n_missing = padded(flat_BF.shape[1], flat_BF.dtype) - flat_BF.shape[1]
            is_aligned = flat_BF.is_contiguous() and flat_BF.data_ptr() % line == 0
            if n_missing or not is_aligned:
                flat_BF = nn.functional.pad(flat_BF, (0, n_missing)) if n_missing else flat_BF.clone()
            self._inputs[key] = inputs_B, flat_BF
            while (
                len(self._inputs) > 1 and sum(x_BF.nbytes for _, x_BF in self._inputs.values()) > inputs_bytes
            ):
                del self._inputs[next(iter(self._inputs))]  # the oldest
        x_BF = self._inputs[key][1]
        return x_BF.expand(n_lanes, *x_BF.shape)


class TangentNetwork(StackedNetwork):
    """A network of layers that pass derivatives along a direction, too.

    Attributes:
        directions: in weights, of all lanes.
    """

    def __init__(self, module: nn.Module, weights: Stack, shape: Shape) -> None:
        self.directions = weights.zeros()
        super().__init__([module] * len(weights), weights, shape, tangent_classes)

    def tangents_of(self, weight: Tensor) -> Tensor:
        """Return the block of a weight's direction."""
        return self.directions.blocks[self._places[id(weight)]]

    def tangent(self, x_LBF: Tensor) -> Tensor:
        """Return the derivative of the outputs along the directions; the inputs stay."""
        network: Any = self._network
        moved: Tensor = network.tangent(torch.zeros_like(x_LBF) if self.reads_inputs is None else x_LBF)
        return moved

    def tangent_backward(self, r_LBK: Tensor) -> None:
        """Write the derivatives of the gradients where the gradients were."""
        network: Any = self._network
        network.tangent_backward(r_LBK)


class _Loss:
    """The examples' losses at outputs of several lanes, their sum over all, its slope and curvature in the outputs."""

    def __init__(self, outputs_LBK: Tensor, targets_B: Tensor, task: Task, *, create_graph: bool) -> None:
        self._n_padded = outputs_LBK.shape[2] - task.n_outputs
        with torch.enable_grad():
            self._logits = outputs_LBK[..., : task.n_outputs].detach().contiguous().requires_grad_()
            total = losses(self._logits, targets_B, task).sum()
            (self._slope,) = torch.autograd.grad(total, self._logits, create_graph=create_graph)
        self.total = total.detach()
        self.slope_LBK = self._padded(self._slope.detach())

    def curvature(self, r_LBK: Tensor) -> Tensor:
        """Return the product of the losses' Hessian in the outputs with their derivative along a direction."""
        with torch.enable_grad():
            found = pulled_back(self._slope, self._logits, r_LBK[..., : self._logits.shape[2]])
        return self._padded(found)

    def _padded(self, of_outputs_LBK: Tensor) -> Tensor:
        return nn.functional.pad(of_outputs_LBK, (0, self._n_padded))


def _product(
    matrix: str, network: TangentNetwork, x_LBF: Tensor, loss: _Loss, n_examples: int, vector_LP: Tensor
) -> Tensor:
    with torch.no_grad():
        network.directions.write(vector_LP)
        r_LBK = loss.curvature(network.tangent(x_LBF)) / n_examples
        if matrix == "hessian":
            network.tangent_backward(r_LBK)
        else:
            network.backward(r_LBK)
        return network.gradients.read()
