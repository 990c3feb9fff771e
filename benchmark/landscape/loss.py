"""The loss landscape L(theta): loss, error, gradient and curvature products at any weights.

L is the mean loss per example (nats for a classification) over one fixed set of examples, without augmentation,
dropout, or weight decay. The network given by the user is copied and never touched.

Legend of shape suffixes: B examples of a chunk, N examples of the set, K outputs, P weights.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from benchmark.cells.data.splits import Examples
from benchmark.cells.data.task import Task
from benchmark.cells.stacked.stacked_network import shape_read
from benchmark.landscape import per_example
from benchmark.landscape.batch_norm import forget_statistics, recalibrated
from benchmark.landscape.by_autograd import ByAutograd
from benchmark.landscape.chunks import InChunks
from benchmark.landscape.curvature import Product
from benchmark.landscape.kept_outputs import StackedFirstLayer
from benchmark.landscape.passes import Passes, Statistics
from benchmark.landscape.weights import Buffers, flatten, named_weights
from benchmark.landscape.written_out import WrittenOut, can_be_written_out

BatchNorm = Literal["frozen", "batch", "recalibrated"]
Matrix = Literal["hessian", "gauss_newton"]


class Landscape(InChunks):
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
        super().__init__(_with_dtype(examples, dtype), chunk_size, on_halved)
        self.calibration = None if calibration is None else _with_dtype(calibration, dtype)
        self.task, self.batch_norm = task, batch_norm
        self.like = {name: weight.clone() for name, weight in named_weights(self._module).items()}
        self.theta = flatten(self.like)
        self.buffers: Buffers = {name: buffer.clone() for name, buffer in self._module.named_buffers()}
        if batch_norm == "batch":
            forget_statistics(self._module)
        self._look()

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
        other._look()
        return other

    def on_slice(
        self, origin_P: Tensor, axes: Sequence[Tensor], *, budget: int
    ) -> tuple[Landscape, StackedFirstLayer] | None:
        """Return the landscape for points of a slice of weights, see `WrittenOut.on_slice`; None where it has none."""
        found = (
            self._passes.on_slice(origin_P, axes, budget=budget)
            if isinstance(self._passes, WrittenOut)
            else None
        )
        if found is None:
            return None
        other = copy.copy(self)
        other._passes, layer = found
        return other, layer

    @property
    def n_together(self) -> int:
        """How many sets of weights are best evaluated at once."""
        return self._passes.n_together(min(self.chunk_size, len(self.examples)))

    def outputs(self, theta_P: Tensor, buffers: Buffers | None = None) -> Tensor:
        """Return the network's outputs at `theta_P` for every example, shape (N, K)."""
        return self._outputs(theta_P.unsqueeze(0), [buffers])[0]

    def losses(self, theta_P: Tensor, buffers: Buffers | None = None) -> Tensor:
        """Return the loss of every example at `theta_P`, shape (N,)."""
        outputs_LNK = self._outputs(theta_P.unsqueeze(0), [buffers])
        return per_example.losses(outputs_LNK, self.examples.targets, self.task)[0]

    def loss(self, theta_P: Tensor, buffers: Buffers | None = None) -> float:
        """Return L(theta); summed in float64."""
        return float(self.losses(theta_P, buffers).double().mean())

    def error(self, theta_P: Tensor, buffers: Buffers | None = None) -> float:
        """Return the share of wrong predictions in [0, 1] (NaN for a task that has no error)."""
        return self.loss_and_error(theta_P, buffers)[1]

    def loss_and_error(self, theta_P: Tensor, buffers: Buffers | None = None) -> tuple[float, float]:
        """Return L(theta) and the error from one pass over the examples."""
        return self.losses_and_errors(theta_P.unsqueeze(0), [buffers])[0]

    def losses_and_errors(
        self, theta_LP: Tensor, buffers_L: Statistics | None = None
    ) -> list[tuple[float, float]]:
        """Return L and the error at several sets of weights, shape (L, P), each as `loss_and_error` finds them.

        Up to `n_together` of them are faster than one after the other; memory grows with their number.
        """
        outputs_LNK = self._outputs(theta_LP, [None] * len(theta_LP) if buffers_L is None else buffers_L)
        found = [per_example.losses(outputs_LNK, self.examples.targets, self.task)]
        errors_LN = per_example.errors(outputs_LNK, self.examples.targets, self.task)
        found.append(torch.full_like(found[0], torch.nan) if errors_LN is None else errors_LN)
        # row by row: several threads would sum those of a matrix in another order than one alone
        means = [[float(row_N.double().mean()) for row_N in numbers_LN] for numbers_LN in found]
        return list(zip(*means, strict=True))

    def gradient(self, theta_P: Tensor, buffers: Buffers | None = None) -> Tensor:
        """Return dL/dtheta at `theta_P`, shape (P,). One forward and backward pass."""
        return self.loss_and_gradient(theta_P, buffers)[1]

    def loss_and_gradient(self, theta_P: Tensor, buffers: Buffers | None = None) -> tuple[float, Tensor]:
        """Return L(theta) and its gradient from one forward and backward pass."""
        self._refuse_recalibration("a gradient")

        def chunk(inputs_B: Tensor, targets_B: Tensor) -> list[Tensor]:
            return [*self._passes.loss_and_gradient(theta_P, inputs_B, targets_B, buffers)]

        total, gradient_P = self._summed(chunk)
        return float(total) / len(self.examples), gradient_P / len(self.examples)

    def hessian(self, theta_P: Tensor, buffers: Buffers | None = None) -> Product:
        """Return the map v -> H v with H the Hessian of L at `theta_P` (almost everywhere, for ReLU).

        Exact up to rounding. Graphs of the first product are kept for the next, chunk by chunk, while they fit into
        memory (`curvature.room_for_graphs`) and the function lives: about 2 gradients a product, 3 without its graph.
        """
        return _of_one(self.products("hessian", theta_P.unsqueeze(0), buffers))

    def gauss_newton(self, theta_P: Tensor, buffers: Buffers | None = None) -> Product:
        """Return the map v -> G v with G = J' H_out J, the Gauss-Newton matrix of L at `theta_P` (Schraudolph 2002).

        J is the Jacobian of the outputs, H_out the Hessian of L in them. Equal to the Hessian where the outputs are
        linear in the weights or the loss has no slope in them; positive semi-definite for a loss convex in them; under
        cross-entropy the Fisher information. Exact up to rounding. Graphs as for `hessian`; costs 1 to 2 gradients.
        """
        return _of_one(self.products("gauss_newton", theta_P.unsqueeze(0), buffers))

    def product(self, matrix: Matrix, theta_P: Tensor, buffers: Buffers | None = None) -> Product:
        """Return v -> H v or v -> G v, as `hessian` and `gauss_newton` do. Raises `ValueError` on an unknown matrix."""
        return _of_one(self.products(matrix, theta_P.unsqueeze(0), buffers))

    def products(self, matrix: Matrix, theta_LP: Tensor, buffers: Buffers | None = None) -> Product:
        """Return the map (v_1, ..., v_L) -> (M_1 v_1, ..., M_L v_L), shapes (L, P), with M_l the matrix at theta_l.

        Up to `n_together` of them are faster than one after the other. Raises `ValueError` on an unknown matrix.
        """
        if matrix not in get_args(Matrix):
            raise ValueError(f"matrix is {matrix!r}; choose one of {', '.join(get_args(Matrix))}")
        self._refuse_recalibration(
            "a Hessian-vector product" if matrix == "hessian" else "a Gauss-Newton product"
        )
        build = self._passes.hessian if matrix == "hessian" else self._passes.gauss_newton
        return self._averaged(lambda inputs_B, targets_B: build(theta_LP, inputs_B, targets_B, buffers))

    def recalibrated_buffers(self, theta_P: Tensor) -> Buffers:
        """Return batch-norm statistics at `theta_P`: the cumulative average over chunks of `calibration`, the update
        of Izmailov et al. 2018, section 3.2, on un-augmented training examples.
        """
        if self.calibration is None:
            raise ValueError("recalibration needs calibration=..., a set of training examples")
        n_chunks = -(-len(self.calibration) // self.chunk_size)
        chunks = self.calibration.inputs.chunk(n_chunks)  # of equal size, so that all weigh the same
        return recalibrated(
            self._module,
            self.buffers,
            lambda buffers: [self._plain.forward(theta_P, x, buffers) for x in chunks],
        )

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

    def _look(self) -> None:
        """Find out how the network's passes are best made."""
        buffers = None if self.batch_norm == "batch" else self.buffers
        self._plain = ByAutograd.of(self._module, self.like, buffers, self.task)
        is_known = can_be_written_out(self._module, self.examples.inputs, self.task)
        shape = shape_read(self._module, self.examples.inputs)
        self._passes: Passes = WrittenOut(self._plain, shape) if is_known else self._plain

    def _outputs(self, theta_LP: Tensor, buffers_L: Statistics) -> Tensor:
        """Return the outputs at every set of weights, shape (L, N, K)."""
        with torch.no_grad():
            buffers_L = [self._buffers_at(*each) for each in zip(theta_LP, buffers_L, strict=True)]

            def joined() -> Tensor:
                parts = [
                    self._passes.outputs(theta_LP, inputs_B, buffers_L) for inputs_B, _ in self._chunks()
                ]
                return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

            return self._within_memory(joined)


def _with_dtype(examples: Examples, dtype: torch.dtype | None) -> Examples:
    if dtype is None or not examples.inputs.is_floating_point():
        return examples
    targets = examples.targets.to(dtype) if examples.targets.is_floating_point() else examples.targets
    return Examples(inputs=examples.inputs.to(dtype), targets=targets)


def _of_one(products: Product) -> Product:
    return lambda vector_P: products(vector_P.unsqueeze(0))[0]
