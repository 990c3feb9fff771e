"""The noise scale of SGD: how much the gradient noise of the batches moves the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmark.measures.measure import measure

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained


@measure(unit="", source="Smith and Le 2018, section 4", positive=True)
def noise_scale(trained: Trained) -> float:
    """Noise scale lr N / B, from the spec: N training examples, B = min(batch_size, N), lr the initial learning rate.

    The form for B much smaller than N of lr (N / B - 1); momentum and learning-rate schedules are left out. Exact.

    Raises:
        ValueError: when the cell was not trained with a learning rate and a batch size.
    """
    training: Any = None if trained.cell is None else trained.cell.training
    if not (hasattr(training, "lr") and hasattr(training, "batch_size")):
        raise ValueError(
            f"Cell.training is {training!r}, without lr and batch_size; select cells trained by SGD"
        )
    n = len(trained.splits.train)
    return float(training.lr * n / min(training.batch_size, n))
