"""Loss and error on the line from the initial weights to the trained ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from benchmark.measures.curve import curve_readings, on_a_line
from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    import numpy as np

    from benchmark.landscape.lines import BatchNormOnLine, End
    from benchmark.landscape.loss import Landscape
    from benchmark.landscape.trained import Trained

Start = Literal["own", "unrelated"]


@measure(
    unit="",
    source="Goodfellow et al. 2015, section 3; Lucas et al. 2021 (the gap); the other two numbers are ours",
    quantities=(*on_a_line, "monotonicity_gap", "n_bumps", "plateau_end"),
)
def initial_final_line(
    trained: Trained,
    *,
    n_points: int = 51,
    start: Start = "own",
    batch_norm: BatchNormOnLine = "recalibrated",
    n_examples: int | None = None,
) -> Result:
    """Loss (nats) and error at theta(alpha) = (1 - alpha) theta_0 + alpha theta, and how far from monotone the loss is.

    Quantities `train_loss`, `test_loss` and, where the task has one, `train_error`, `test_error`, each indexed by
    alpha, and three numbers of the training loss L:

        monotonicity_gap = max over a1 < a2 of L(a2) - L(a1), at least 0 (nats): 0 iff L never rises
        n_bumps          = how often L rises and then falls again, slopes within 1e-3 counting as flat
        plateau_end      = the first alpha with L < 0.9 L(0), interpolated between points; 1 if there is none

    Exact on the grid up to rounding: in float32 a gap below about 1e-6 of L is none. Not invariant under rescaling of
    neurons of one of the ends. Costs `n_points` passes over train and test split (and as many recalibrations, with
    batch norm).

    Args:
        trained: the network, at alpha = 1.
        n_points: number of evenly spaced alphas from 0 to 1, both included.
        start: from the network's "own" initial weights, or from "unrelated" ones, drawn anew by its model spec from a
            stream of their own (Lucas et al. 2021, figure 1).
        batch_norm: statistics on the way: estimated anew on training examples ("recalibrated"), moved along from the
            initial ones ("interpolated"), those of the trained network ("frozen"), or of the evaluated chunk ("batch").
        n_examples: use the first `n_examples` training examples (None: all); the test split is used whole.

    Raises:
        ValueError: for an unknown option, fewer than two points, or unrelated weights where there is no model spec.
    """
    import numpy as np

    from benchmark.landscape.lines import End, Line, alphas, landscapes_on_line

    landscapes = landscapes_on_line(trained, batch_norm, n_examples)
    line = Line(
        start=_start(trained, start, landscapes["train"]),
        end=End.of(trained.module),
        landscapes=landscapes,
        batch_norm=batch_norm,
    )
    points = alphas(n_points)
    table = trained.tabulate(points, line.rows, together=line.together)
    loss_A = table[:, line.quantities.index("train_loss")]
    numbers = _numbers(np.array(points), loss_A, trained.notes)
    return Result(readings=[*curve_readings(line.quantities, points, table), *numbers])


def _start(trained: Trained, start: Start, like: Landscape) -> End:
    from benchmark.landscape.lines import End

    if start not in ("own", "unrelated"):
        raise ValueError(f"start is {start!r}; choose 'own' or 'unrelated'")
    if start == "unrelated":
        return End.stored(_unrelated(trained), like)
    own = End.stored(trained.initial, like)
    if own.theta.equal(like.theta):
        trained.notes.append("the initial weights are the trained ones: the line is a point")
    return own


def _unrelated(trained: Trained) -> dict[str, Any]:
    import torch

    from benchmark.cells.streams import derive_seed

    if trained.cell is None:
        raise ValueError("start='unrelated' draws weights by a model spec; this network has none, take 'own'")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(trained.seed, "measure", "initial_final_line", "init"))
        weights: dict[str, Any] = trained.cell.model.build(trained.splits.task).state_dict()
    return weights


def _numbers(
    alpha_A: np.ndarray[Any, Any], loss_A: np.ndarray[Any, Any], notes: list[str]
) -> tuple[Reading, ...]:
    from benchmark.landscape.barriers import bump_count, monotonicity_gap, plateau_end

    if not (loss_A < 0.9 * loss_A[0]).any():
        notes.append("the training loss never falls below 0.9 of the initial one: plateau_end is 1")
    return (
        Reading(quantity="monotonicity_gap", value=monotonicity_gap(loss_A), unit="nats"),
        Reading(quantity="n_bumps", value=bump_count(alpha_A, loss_A)),
        Reading(quantity="plateau_end", value=plateau_end(alpha_A, loss_A)),
    )
