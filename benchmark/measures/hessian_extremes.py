"""Both ends of the Hessian's spectrum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    from benchmark.landscape.spectrum import Extremes
    from benchmark.landscape.trained import Trained


@measure(
    unit="nats",
    source="Lanczos 1950; Yao et al. 2020 for networks",
    positive=True,
    quantities=("lambda_max", "lambda_min", "lambda_max_residual", "lambda_max_times_squared_weight_norm"),
)
def hessian_extremes(
    trained: Trained, *, n_steps: int = 30, tolerance: float = 1e-3, n_examples: int | None = None
) -> Result:
    """Largest and smallest algebraic eigenvalue of the Hessian of L over all trainable parameters.

    Quantities:
        lambda_max: largest eigenvalue; a lower bound of it.
        lambda_min: smallest eigenvalue; an upper bound of it.
        lambda_max_residual: ||H v - lambda_max v||; some eigenvalue lies this close to `lambda_max`.
        lambda_max_times_squared_weight_norm: lambda_max ||w||^2, w the convolution and linear weights, which does not
            change when the scale-invariant weights under batch norm grow, as lambda_max ~ 1 / ||w||^2 does.
    An estimate by Lanczos with full reorthogonalization from a random start; an end that has not converged is reported
    as it is, with a note. Batch-norm statistics are frozen; ReLU
    kinks are ignored. Near a minimum all but `lambda_min` are positive, and ratios of them make sense. Under
    cross-entropy the Hessian shrinks with the loss: compare at matched training loss only. Not invariant under
    rescaling of layers. Costs about 2 gradients per step.

    Args:
        trained: the network.
        n_steps: largest number of Lanczos steps.
        tolerance: relative residual of both ends at which to stop earlier.
        n_examples: use the first `n_examples` training examples (None: all).

    Example:
        >>> import torch
        >>> from benchmark.cells.data.task import squared_error
        >>> from benchmark.landscape.trained import Trained
        >>> from benchmark.measures.hessian_extremes import hessian_extremes
        >>> net, inputs = torch.nn.Linear(2, 1, bias=False).double(), torch.tensor([2.0, 4.0]).diag().double()
        >>> trained = Trained.of(net, inputs, net(inputs).detach(), loss=squared_error)  # L(w + d) = d_1^2 + 4 d_2^2
        >>> {one.quantity: round(one.value, 6) for one in hessian_extremes().compute(trained).readings[:2]}
        {'lambda_max': 8.0, 'lambda_min': 2.0}
    """
    from benchmark.landscape.directions import gaussian
    from benchmark.landscape.spectrum import extremes
    from benchmark.landscape.weights import weight_mask

    landscape = trained.landscape(n_examples=n_examples)
    theta_P = landscape.theta
    start_P = gaussian(theta_P, trained.rng("hessian_extremes"))
    ends = extremes(landscape.hessian(theta_P), start_P, n_steps=n_steps, tolerance=tolerance)
    _note_unconverged(trained, ends, tolerance)
    squared_norm = float(theta_P[weight_mask(landscape.like)].double().square().sum())
    values = {
        "lambda_max": ends.largest,
        "lambda_min": ends.smallest,
        "lambda_max_residual": ends.largest_residual,
        "lambda_max_times_squared_weight_norm": ends.largest * squared_norm,
    }
    return Result(readings=[Reading(quantity=name, value=value) for name, value in values.items()])


def _note_unconverged(trained: Trained, ends: Extremes, tolerance: float) -> None:
    scale = max(abs(ends.largest), abs(ends.smallest))
    for name, residual in (("lambda_max", ends.largest_residual), ("lambda_min", ends.smallest_residual)):
        if residual > max(tolerance, 1e-6) * scale:  # 1e-6: the residual of an exhausted Krylov space
            trained.notes.append(f"{name} has not converged: its residual is {residual:.1g}")
