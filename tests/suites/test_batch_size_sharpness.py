"""What only the suite on batch size and sharpness has: its refusals, its subtle arms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmark.suite.folder import find
from benchmark.suite.plan import plan
from tests import root

folder = find("batch_size_sharpness", root / "suites")
ci = folder.suite.profiles["ci"]


@pytest.mark.parametrize(
    ("profile", "changes", "message"),
    [
        ("ci", {"models": ()}, r"models is \(\); name a network here, in li_models or in keskar_models"),
        ("full", {"li_optimizers": ()}, r"li_optimizers is \(\); give at least one"),
        ("full", {"keskar_epochs": 99}, r"warm_start_epochs is .*from 1 to keskar_epochs=99"),
        ("full", {"data": "mine"}, r"n_train is None; .*give it for data='mine'"),
    ],
)
def test_a_config_names_the_field_that_is_wrong(profile: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^Config\.{message}"):
        replace(folder.suite.profiles[profile], **changes)


def test_learning_rates_in_proportion_to_the_batch_size_have_one_noise_scale() -> None:
    small = plan(folder, profile="small", config=replace(folder.suite.profiles["small"], scaled_lr=True))
    scaled = [cell.training for cell in small.cells if small.factors(cell)["arm"] == "scaled_lr"]
    assert {(one.batch_size, one.lr / one.batch_size) for one in scaled} == {
        (size, 0.01 / 16) for size in (64, 256, 1000)
    }


def test_a_rescaled_copy_is_not_of_the_tuned_arm() -> None:
    won = replace(ci, tuned=(("network=mlp batch_size=8", "lr", ci.lr),))
    laid_out = plan(folder, profile="ci", config=won)
    assert {
        laid_out.factors(cell)["arm"] for cell in laid_out.cells if laid_out.factors(cell).get("tuned")
    } == {"matched_loss"}
