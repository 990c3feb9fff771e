"""Which examples a cell uses: the options that all data sets share. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from benchmark.cells.checks import reject, require_choice, require_count

LabelNoise = Literal["flip_other", "resample"]


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """The fields that every data spec has.

    Attributes:
        n_train: number of training examples; None for all that validation leaves over.
        n_val: number of validation examples, taken from the training pool.
        n_test: number of test examples; None for all.
        label_noise: fraction of the training examples whose label is corrupted.
        label_noise_mode: "flip_other" gives one of the other classes, "resample" any class.
        split_seed: draws the subsets and the corrupted labels, each from a stream of its own.
    """

    n_train: int | None = None
    n_val: int = 0
    n_test: int | None = None
    label_noise: float = 0.0
    label_noise_mode: LabelNoise = "flip_other"
    split_seed: int = 0

    def __post_init__(self) -> None:
        check_values(self)


def check_values(spec: Sampling) -> None:
    """Raise `ValueError`, naming field, value and remedy, where `spec` asks for what no data set can give."""
    for field in ("n_train", "n_test"):
        if getattr(spec, field) is not None:
            require_count(spec, field)
    require_count(spec, "n_val", least=0)
    require_count(spec, "split_seed", least=0)
    require_choice(spec, "label_noise_mode", get_args(LabelNoise))
    if not 0 <= spec.label_noise <= 1:
        reject(spec, "label_noise", "give a fraction from 0 to 1")


def check_sizes(spec: Sampling, *, pool: int, test: int) -> None:
    """Raise `ValueError` where `spec` asks for more than `pool` training or `test` test examples."""
    n_left = pool - spec.n_val
    if n_left < 1:
        reject(spec, "n_val", f"give less than {pool}, the examples there are to train and validate on")
    if spec.n_train is not None and spec.n_train > n_left:
        reject(
            spec, "n_train", f"give at most {n_left}: there are {pool} examples, and n_val is {spec.n_val}"
        )
    if spec.n_test is not None and spec.n_test > test:
        reject(spec, "n_test", f"give at most {test}, the number of test examples, or None for all")
