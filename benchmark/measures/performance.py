"""How well the network does: loss and error on every split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    from benchmark.landscape.trained import Split, Trained


@measure(
    unit="",
    source="definition",
    positive=False,
    quantities=(
        *(f"{split}_{what}" for split in ("train", "val", "test") for what in ("loss", "error")),
        "gap",
        "n_steps",
    ),
)
def performance(trained: Trained, *, n_examples: int | None = None) -> Result:
    """Loss (nats) and error (share of wrong predictions) on every split that has examples.

    Quantities: `train_loss`, `test_loss`, `val_loss`, and, where the task knows right from wrong, `train_error`,
    `test_error`, `val_error` in [0, 1] and `gap` = test_error - train_error; `n_steps` = optimizer steps taken.
    Exact up to rounding; evaluation mode (running statistics, no dropout), no augmentation. One pass over the data.

    Args:
        trained: the network.
        n_examples: use the first `n_examples` of the training split (None: all); other splits are used whole.
    """
    readings: dict[str, float] = {}
    splits: tuple[tuple[Split, int | None], ...] = (("train", n_examples), ("val", None), ("test", None))
    for split, n in splits:
        if len(trained.examples(split)) == 0:
            continue
        landscape = trained.landscape(split, n_examples=n)
        readings[f"{split}_loss"], error = landscape.loss_and_error(landscape.theta)
        if trained.splits.task.error is not None:
            readings[f"{split}_error"] = error
    if "test_error" in readings:
        readings["gap"] = readings["test_error"] - readings["train_error"]
    readings["n_steps"] = trained.history[-1]["step"] if trained.history else 0.0
    return Result(
        readings=[
            Reading(quantity=name, value=value, unit="nats" if name.endswith("_loss") else "")
            for name, value in readings.items()
        ]
    )
