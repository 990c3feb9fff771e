"""What a training spec refuses."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import classification
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.sgd import SGD
from tests.cells.models.networks import built
from tests.cells.training.problems import pictures


@pytest.mark.parametrize("spec", [SGD, Adam])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0; give an integer >= 1"),
        ({"lr": 0}, "lr is 0; give a number > 0"),
        ({"lr": "1e-3"}, "lr is '1e-3'; give a number > 0"),
        ({"weight_decay": -1}, "weight_decay is -1; give a number >= 0"),
        ({"steps": None}, "epochs is None; and steps is None; give exactly one of the two"),
        ({"epochs": 3}, "epochs is 3; and steps is 9; give exactly one of the two"),
        ({"steps": 0}, "steps is 0; give an integer >= 1"),
        ({"schedule": "cosin"}, "schedule is 'cosin'; choose one of .*did you mean 'cosine'"),
        ({"warmup_steps": 9}, "warmup_steps is 9; give less than the budget of 9 steps"),
        (
            {"milestones": (0.5,)},
            r"milestones is \(0.5,\); give fractions of the budget with schedule='step'",
        ),
        ({"schedule": "step"}, r"milestones is \(\); give fractions of the budget with schedule='step'"),
        (
            {"schedule": "step", "milestones": (0.7, 0.5)},
            "milestones is .*; give a tuple of rising fractions",
        ),
        ({"schedule": "step", "milestones": [0.5]}, "milestones is .*; give a tuple of rising fractions"),
        (
            {"schedule": "step", "milestones": (150, 225)},
            "milestones is .*; give a tuple of rising fractions",
        ),
        ({"gamma": 0}, "gamma is 0; give a number > 0"),
        ({"stop_at_loss": 0}, "stop_at_loss is 0; give a number > 0"),
        ({"check_every": 0}, "check_every is 0; give an integer >= 1"),
        ({"augment": "crop"}, "augment is 'crop'; choose one of 'none', 'crop_flip', 'translate'"),
    ],
    ids=str,
)
def test_bad_options_are_refused(spec: type[SGD | Adam], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"{spec.__name__}.{message}"):
        spec(**({"batch_size": 8, "lr": 0.1, "steps": 9} | options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"batch_size": 38, "epochs": 1},
            "batch_size is 38; give at most the 37 training examples there are",
        ),
        ({"batch_size": 9, "epochs": 1}, "batch_size is 9; batch norm needs 2 examples"),
        ({"batch_size": 1, "epochs": 1}, "batch_size is 1; batch norm needs 2 examples"),
        (
            {"batch_size": 8, "epochs": 1, "warmup_steps": 5},
            "warmup_steps is 5; give less than the budget of 5",
        ),
    ],
    ids=str,
)
def test_what_does_not_fit_the_data_is_refused_at_the_beginning(
    options: dict[str, Any], message: str
) -> None:
    splits = pictures(n_train=37)
    module = built(ResNet(depth=8, width=4), splits.task)
    with pytest.raises(ValueError, match=f"SGD.{message}"):
        SGD(lr=0.1, **options).begin(module, splits, order_seed=0, augment_seed=0)


def test_a_last_batch_of_one_example_is_fine_without_batch_norm() -> None:
    splits = pictures(n_train=37)
    trajectory = SGD(lr=0.1, batch_size=9, epochs=1).begin(
        built(MLP(width=4), splits.task), splits, order_seed=0, augment_seed=0
    )
    assert trajectory.n_steps == 5


@pytest.mark.parametrize(
    ("augment", "shape", "kind", "message"),
    [
        ("crop_flip", (7,), "vectors", "give 'none', since inputs are vectors"),
        ("translate", (7,), "vectors", "give 'none', since inputs are vectors"),
        ("crop_flip", (1, 40), "vectors", "give 'translate' or 'none', since inputs are signals"),
        ("translate", (1, 8, 8), "images", "give 'crop_flip' or 'none', since inputs are images"),
        ("translate", (5, 7), "tokens", "give 'none', since inputs are tokens"),
    ],
)
def test_the_augmentation_of_other_inputs_is_refused(
    augment: Any, shape: tuple[int, ...], kind: Any, message: str
) -> None:
    task = classification(input_shape=shape, n_outputs=3, kind=kind)
    examples = Examples(inputs=torch.zeros(4, *shape), targets=torch.zeros(4, dtype=torch.int64))
    splits = Splits(train=examples, val=examples, test=examples, task=task)
    sgd = SGD(lr=0.1, batch_size=2, steps=1, augment=augment)
    with pytest.raises(ValueError, match=f"SGD.augment is '{augment}'; {message}"):
        sgd.begin(built(MLP(width=4), task), splits, order_seed=0, augment_seed=0)
