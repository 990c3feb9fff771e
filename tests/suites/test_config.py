"""What the suite on batch size and sharpness refuses before the first second of training, and the arms it has."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from benchmark.suite.folder import find
from benchmark.suite.plan import Plan, plan
from tests import root
from tests.suites.manifest import planned

folder = find("batch_size_sharpness", root / "suites")
ci, full = (folder.suite.profiles[name] for name in ("ci", "full"))
one_seed = replace(full, seeds=(0,))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"models": ("mpl",)},
            r"models is \('mpl',\); give a tuple, each item one of mlp, .*did you mean mlp",
        ),
        ({"models": ()}, r"models is \(\); name a network here, in li_models or in keskar_models"),
        ({"batch_sizes": (8, 501)}, r"batch_sizes is .*501 is more than n_train=500"),
        ({"li_models": ("vgg9",)}, r"li_batch_sizes is .*8192 is more than n_train=500"),
        ({"li_models": ("resnet56",)}, r"li_resnet_batch_sizes is .*4096 is more than n_train=500"),
        ({"li_models": ("vgg9",), "li_optimizers": ()}, r"li_optimizers is \(\); give at least one"),
        ({"keskar_models": ("keskar_c1",)}, r"keskar_batch_sizes is .*5000 is more than n_train=500"),
    ],
)
def test_a_config_names_the_field_that_is_wrong(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^Config\.{message}"):
        replace(ci, **changes)


def test_warm_starts_begin_within_the_training_that_they_start_from() -> None:
    with pytest.raises(ValueError, match=r"warm_start_epochs is .*from 1 to keskar_epochs=99"):
        replace(full, keskar_epochs=99)


def test_warm_starts_need_to_know_the_number_of_training_examples() -> None:
    with pytest.raises(ValueError, match=r"n_train is None; .*give it for data='mine'"):
        replace(full, data="mine")
    assert replace(full, data="mine", n_train=20_000).n_train == 20_000
    assert replace(full, data="mine", warm_start_epochs=()).n_train is None
    assert replace(full, data="fashionmnist").n_train is None  # a published set, whose size is known


def test_an_arm_can_stand_alone() -> None:
    alone = replace(one_seed, models=())
    assert set(sizes_by_arm(alone)) == {"li", "keskar", "keskar_sweep", "warm_start"}


def laid_out(config: Any) -> Plan:
    return plan(folder, profile="full", config=config)


def sizes_by_arm(config: Any) -> dict[str, set[int]]:
    sizes: dict[str, set[int]] = {}
    for cell in laid_out(config).cells:
        factors = laid_out(config).factors(cell)
        sizes.setdefault(factors["arm"], set()).add(factors["batch_size"])
    return sizes


def test_full_has_the_batch_sizes_of_the_papers() -> None:
    sizes = sizes_by_arm(one_seed)
    assert sizes["keskar"] == {256, 5000}
    assert sizes["keskar_sweep"] == {64, 128, 512, 1024, 2048}
    config = laid_out(one_seed)
    pairs = Counter(
        (config.factors(cell)["network"], cell.training.batch_size)
        for cell in config.cells
        if config.factors(cell)["arm"] == "li"
    )
    assert pairs == {("vgg9", 128): 4, ("vgg9", 8192): 4, ("resnet56", 128): 4, ("resnet56", 4096): 4}


def test_learning_rates_in_proportion_to_the_batch_size_have_one_noise_scale() -> None:
    small = planned("batch_size_sharpness", "small")
    scaled = [cell for cell in small.cells if small.factors(cell)["arm"] == "scaled_lr"]
    assert {cell.training.batch_size for cell in scaled} == {128, 512, 2048}
    assert {cell.training.lr / cell.training.batch_size for cell in scaled} == {0.05 / 32}


def test_networks_with_batch_norm_stop_where_they_are_told() -> None:
    small = planned("batch_size_sharpness", "small")
    stops = {(small.factors(cell)["network"], cell.training.stop_at_loss) for cell in small.cells}
    assert stops == {("small_cnn", 0.05), ("small_cnn_bn", 0.02)}


def test_lines_have_the_batch_norm_statistics_of_their_papers() -> None:
    jobs = [job for job in laid_out(one_seed).jobs if job.measure.family == "two_model_line"]
    config = laid_out(one_seed)
    found = {(config.factors(job.cells[0])["arm"], job.measure.options["batch_norm"]) for job in jobs}
    assert found == {("matched_loss", "recalibrated"), ("keskar", "recalibrated"), ("li", "interpolated")}
