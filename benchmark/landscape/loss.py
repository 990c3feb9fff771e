"""The loss landscape L(theta): loss, error, gradient and curvature products at any weights.

L is the mean loss per example (nats for a classification) over one fixed set of examples, without augmentation,
dropout, or weight decay. The network given by the user is copied and never touched.

Legend of shape suffixes: B examples of a chunk, N examples of the set, K outputs, P weights.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import partial, reduce
from typing import Literal, TypeVar, get_args

import torch
from torch import Tensor, nn
from torch.func import functional_call

from benchmark.cells.data.splits import Examples
from benchmark.cells.data.task import Task
from benchmark.landscape.batch_norm import forget_statistics, recalibrated
from benchmark.landscape.curvature import (
    KeptGraphs,
    Product,
    gauss_newton_product,
    hessian_product,
    room_for_graphs,
)
from benchmark.landscape.weights import Buffers, flatten, is_tied, named_weights, unflatten

BatchNorm = Literal["frozen", "batch", "recalibrated"]
Matrix = Literal["hessian", "gauss_newton"]
Result = TypeVar("Result")


class Landscape:
    """L(theta) of one network over one set of examples.

    Sums run over chunks of `chunk_size` examples, weighted by their size, so that the split into chunks changes
    rounding only. When a chunk does not fit into memory, `chunk_size` is halved and the work repeated.

    Batch-norm policy, away from the trained point:
        frozen: running statistics stay those of the centre. For derivatives and small perturbations.
        batch: statistics of the evaluated chunk (Keskar et al. 2017); values then depend on `chunk_size`.
        recalibrated: statistics are estimated anew at every theta from `calibration`, as a cumulative average
            over its chunks. For lines and averages of several solutions. Has no derivatives here.
    Any policy can be overruled by the `buffers` argument of a call (interpolated statistics, for instance).

    Attributes:
        theta: weights of the centre, shape (P,).
        like: the centre's weights by name: shapes for `unflatten`, norms for `normalized`.
        buffers: floating-point and integer buffers of the centre.
        chunk_size: examples per forward pass, after any halving.

    Example:
        >>> import torch
        >>> from benchmark.landscape.trained import Trained
        >>> module, one = torch.nn.Linear(1, 2, bias=False).double(), torch.ones(1, 1).double()
        >>> landscape = Trained.of(module, one, torch.tensor([0])).landscape()  # L(w) = -log softmax(w)_1
        >>> zero, first = torch.zeros(2).double(), torch.tensor([1.0, 0.0]).double()
        >>> round(landscape.loss(zero), 3), landscape.gradient(zero).tolist(), landscape.hessian(zero)(first).tolist()
        (0.693, [-0.5, 0.5], [0.25, -0.25])
    """

    def __init__(
        self,
        module: nn.Module,
        examples: Examples,
        task: Task,
        *,
        batch_norm: BatchNorm = "frozen",
        calibration: Examples | None = None,
        chunk_size: int = 2048,
        dtype: torch.dtype | None = None,
        on_halved: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Copy `module`; `dtype` converts it and floating-point inputs, `on_halved` is told of smaller chunks.

        Raises:
            ValueError: on an unknown policy, an empty set, or `recalibrated` without `calibration`.
        """
        if batch_norm not in get_args(BatchNorm):
            raise ValueError(f"batch_norm is {batch_norm!r}; choose one of {', '.join(get_args(BatchNorm))}")
        if len(examples) == 0:
            raise ValueError("the set of examples is empty; L is a mean over at least one example")
        if batch_norm == "recalibrated" and calibration is None:
            raise ValueError("batch_norm='recalibrated' needs calibration=..., a set of training examples")
        self._module = copy.deepcopy(module).eval()
        if dtype is not None:
            self._module = self._module.to(dtype)
        self.examples = _with_dtype(examples, dtype)
        self.calibration = None if calibration is None else _with_dtype(calibration, dtype)
        self.task, self.batch_norm, self.chunk_size, self._on_halved = task, batch_norm, chunk_size, on_halved
        self.like = {name: weight.clone() for name, weight in named_weights(self._module).items()}
        self.theta = flatten(self.like)
        self.buffers: Buffers = {name: buffer.clone() for name, buffer in self._module.named_buffers()}
        self._is_tied = is_tied(self._module)
        if batch_norm == "batch":
            forget_statistics(self._module)

    @property
    def n_weights(self) -> int:
        """Number of trainable parameters P."""
        return self.theta.numel()

    def over(self, indices: Tensor | slice) -> Landscape:
        """Return the same network's landscape over some of the examples; shares all tensors."""
        part = copy.copy(self)
        part.examples = self.examples.take(indices)
        return part

    def through(self, change: Callable[[nn.Module], None]) -> Landscape:
        """Return the same landscape, computed by a copy of the network that `change` was applied to, which must keep
        names and shapes of weights and buffers. All tensors but the network's own are shared.
        """
        other = copy.copy(self)
        other._module = copy.deepcopy(self._module)
        change(other._module)
        return other

    def outputs(self, theta_P: Tensor, buffers: Buffers | None = None) -> Tensor:
        """Return the network's outputs at `theta_P` for every example, shape (N, K)."""
        buffers = self._buffers_at(theta_P, buffers)
        with torch.no_grad():
            return self._joined(lambda x, _: self._forward(theta_P, x, buffers))

    def losses(self, theta_P: Tensor, buffers: Buffers | None = None) -> Tensor:
        """Return the loss of every example at `theta_P`, shape (N,)."""
        buffers = self._buffers_at(theta_P, buffers)
        with torch.no_grad():
            return self._joined(lambda x, y: self.task.loss(self._forward(theta_P, x, buffers), y))

    def loss(self, theta_P: Tensor, buffers: Buffers | None = None) -> float:
        """Return L(theta); summed in float64."""
        return float(self.losses(theta_P, buffers).double().mean())

    def error(self, theta_P: Tensor, buffers: Buffers | None = None) -> float:
        """Return the share of wrong predictions in [0, 1] (NaN for a task that has no error)."""
        return self.loss_and_error(theta_P, buffers)[1]

    def loss_and_error(self, theta_P: Tensor, buffers: Buffers | None = None) -> tuple[float, float]:
        """Return L(theta) and the error from one pass over the examples."""
        outputs_NK = self.outputs(theta_P, buffers)
        loss = float(self.task.loss(outputs_NK, self.examples.targets).double().mean())
        if self.task.error is None:
            return loss, float("nan")
        return loss, float(self.task.error(outputs_NK, self.examples.targets).double().mean())

    def gradient(self, theta_P: Tensor, buffers: Buffers | None = None) -> Tensor:
        """Return dL/dtheta at `theta_P`, shape (P,). One forward and backward pass."""
        return self.loss_and_gradient(theta_P, buffers)[1]

    def loss_and_gradient(self, theta_P: Tensor, buffers: Buffers | None = None) -> tuple[float, Tensor]:
        """Return L(theta) and its gradient from one forward and backward pass."""
        self._refuse_recalibration("a gradient")

        def chunk(inputs_B: Tensor, targets_B: Tensor) -> list[Tensor]:
            theta = theta_P.detach().requires_grad_()
            total = self._total(theta, inputs_B, targets_B, buffers)
            (gradient_P,) = torch.autograd.grad(total, theta)
            return [total.detach().double(), gradient_P]

        total, gradient_P = self._summed(chunk)
        return float(total) / len(self.examples), gradient_P / len(self.examples)

    def hessian(self, theta_P: Tensor, buffers: Buffers | None = None) -> Product:
        """Return the map v -> H v with H the Hessian of L at `theta_P` (almost everywhere, for ReLU).

        Exact up to rounding. Graphs of the first product are kept for the next, chunk by chunk, while they fit into
        memory (`curvature.room_for_graphs`) and the function lives: about 2 gradients a product, 3 without its graph.
        """
        self._refuse_recalibration("a Hessian-vector product")

        def of_chunk(inputs_B: Tensor, targets_B: Tensor) -> Product:
            def mean(theta: Tensor) -> Tensor:
                return self._total(theta, inputs_B, targets_B, buffers) / len(inputs_B)

            return hessian_product(mean, theta_P)

        return self._averaged(of_chunk)

    def gauss_newton(self, theta_P: Tensor, buffers: Buffers | None = None) -> Product:
        """Return the map v -> G v with G = J' H_out J, the Gauss-Newton matrix of L at `theta_P` (Schraudolph 2002).

        J is the Jacobian of the outputs, H_out the Hessian of L in them. Equal to the Hessian where the outputs are
        linear in the weights or the loss has no slope in them; positive semi-definite for a loss convex in them; under
        cross-entropy the Fisher information. Exact up to rounding. Graphs as for `hessian`; costs 1 to 2 gradients.
        """
        self._refuse_recalibration("a Gauss-Newton product")

        def of_chunk(inputs_B: Tensor, targets_B: Tensor) -> Product:
            def mean(outputs_BK: Tensor) -> Tensor:
                return self.task.loss(outputs_BK, targets_B).sum() / len(inputs_B)

            return gauss_newton_product(lambda theta: self._forward(theta, inputs_B, buffers), mean, theta_P)

        return self._averaged(of_chunk)

    def product(self, matrix: Matrix, theta_P: Tensor, buffers: Buffers | None = None) -> Product:
        """Return v -> H v or v -> G v, as `hessian` and `gauss_newton` do. Raises `ValueError` on an unknown matrix."""
        if matrix not in get_args(Matrix):
            raise ValueError(f"matrix is {matrix!r}; choose one of {', '.join(get_args(Matrix))}")
        return (self.hessian if matrix == "hessian" else self.gauss_newton)(theta_P, buffers)

    def recalibrated_buffers(self, theta_P: Tensor) -> Buffers:
        """Return batch-norm statistics at `theta_P`: the cumulative average over chunks of `calibration`, the update
        of Izmailov et al. 2018, section 3.2, on un-augmented training examples.
        """
        if self.calibration is None:
            raise ValueError("recalibration needs calibration=..., a set of training examples")
        n_chunks = -(-len(self.calibration) // self.chunk_size)
        chunks = self.calibration.inputs.chunk(n_chunks)  # of equal size, so that all weigh the same
        return recalibrated(
            self._module, self.buffers, lambda buffers: [self._forward(theta_P, x, buffers) for x in chunks]
        )

    def _averaged(self, of_chunk: Callable[[Tensor, Tensor], Product]) -> Product:
        """Return the mean of the chunks' products, weighted by their examples; keeps graphs while memory allows."""
        n_examples, graphs = len(self.examples), KeptGraphs(room_for_graphs(self.theta.device))

        def parts(vector_P: Tensor) -> Iterator[Tensor]:
            for size, product in graphs.kept:
                yield product(vector_P) * (size / n_examples)
            for inputs_B, targets_B in self._chunks(graphs.n_covered):
                built = graphs.built(partial(of_chunk, inputs_B, targets_B), len(inputs_B))
                yield built(vector_P) * (len(inputs_B) / n_examples)

        def mean(vector_P: Tensor) -> Tensor:
            try:
                return reduce(torch.add, parts(vector_P))
            except torch.OutOfMemoryError:
                graphs.drop()
            return self._within_memory(lambda: reduce(torch.add, parts(vector_P)))

        return mean

    def _forward(self, theta_P: Tensor, inputs_B: Tensor, buffers: Buffers | None) -> Tensor:
        state: dict[str, Tensor] = unflatten(theta_P, self.like)
        if self.batch_norm != "batch":
            state = state | (self.buffers if buffers is None else buffers)
        outputs: Tensor = functional_call(self._module, state, (inputs_B,), tie_weights=self._is_tied)
        return outputs

    def _total(self, theta_P: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Buffers | None) -> Tensor:
        return self.task.loss(self._forward(theta_P, inputs_B, buffers), targets_B).sum()

    def _buffers_at(self, theta_P: Tensor, buffers: Buffers | None) -> Buffers | None:
        if buffers is None and self.batch_norm == "recalibrated":
            return self._within_memory(lambda: self.recalibrated_buffers(theta_P))
        return buffers

    def _refuse_recalibration(self, what: str) -> None:
        if self.batch_norm == "recalibrated":
            raise ValueError(
                f"batch_norm='recalibrated' has no {what.removeprefix('a ')}: the statistics depend on theta; "
                "use 'frozen' or 'batch'"
            )

    def _joined(self, work: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        return self._within_memory(lambda: torch.cat([work(x, y) for x, y in self._chunks()]))

    def _summed(self, work: Callable[[Tensor, Tensor], list[Tensor]]) -> list[Tensor]:
        def total() -> list[Tensor]:
            sums: list[Tensor] = []
            for inputs_B, targets_B in self._chunks():
                parts = work(inputs_B, targets_B)
                sums = [a + b for a, b in zip(sums, parts, strict=True)] if sums else parts
            return sums

        return self._within_memory(total)

    def _within_memory(self, work: Callable[[], Result]) -> Result:
        while True:
            try:
                return work()
            except torch.OutOfMemoryError:
                self._halve()

    def _halve(self) -> None:
        """Halve the chunks; called while an out-of-memory error is handled, which one example cannot escape."""
        if self.chunk_size == 1:
            raise
        self.chunk_size //= 2
        self._on_halved(self.chunk_size)

    def _chunks(self, first: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(first, len(self.examples), self.chunk_size):
            end = start + self.chunk_size
            yield self.examples.inputs[start:end], self.examples.targets[start:end]


def _with_dtype(examples: Examples, dtype: torch.dtype | None) -> Examples:
    if dtype is None or not examples.inputs.is_floating_point():
        return examples
    targets = examples.targets.to(dtype) if examples.targets.is_floating_point() else examples.targets
    return Examples(inputs=examples.inputs.to(dtype), targets=targets)
