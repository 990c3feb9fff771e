"""The suite on width: what it refuses, what its arms hold, what its claims can read, and its regression gates."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmark.run.bench import Bench
from benchmark.run.measuring import measure
from benchmark.store.identity import numerics
from benchmark.store.run_store import Store
from benchmark.suite.folder import find
from benchmark.suite.plan import Job, Plan, plan
from tests import root
from tests.suites.baseline import published

folder = find("width", root / "suites")
ci, small, full = (folder.suite.profiles[name] for name in ("ci", "small", "full"))
one_seed = replace(ci, seeds=(3,))


def laid_out(config: Any) -> Plan:
    return plan(folder, profile="ci", config=config)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": (0, 10_000)}, r"seeds is .*give seeds from 0 to below 10000"),
        ({"sweep_seeds": (10_003,)}, r"sweep_seeds is .*10003 draws another network of seeds; give others"),
        (
            {"mlp_widths": (), "depths": (), "lrs": (), "weight_decays": ()},
            r"mlp_widths is \(\); give widths here",
        ),
        ({"optimizer": "adam"}, r"mup_widths is .*leave it empty with optimizer='adam'"),
        ({"base_width": 32}, r"base_width is 32; .*take one of mlp_widths=\(4, 16, 64, 256\)"),
        ({"label_noise": 0.0}, r"label_noise is 0.0; give a share above 0"),
        ({"batch_size": 501}, r"batch_size is 501; 501 is more than n_train=500; give at most that"),
        ({"wide_factors": (1,), "n_train": 127}, r"n_train is 127; .* batches of 128; give at least that"),
    ],
)
def test_a_config_names_the_field_that_is_wrong(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^Config\.{message}"):
        replace(ci, **changes)


def barrier_pairs(config: Any) -> list[Job]:
    return [job for job in laid_out(config).jobs if job.measure.family == "barrier"]


def test_a_pair_shares_its_data_and_no_other_random_stream() -> None:
    jobs = barrier_pairs(one_seed)
    assert jobs
    for other, first in (job.cells for job in jobs):
        assert (other.data, other.model) == (first.data, first.model)
        streams = [{cell.init_seed, cell.order_seed, cell.augment_seed} for cell in (other, first)]
        assert streams == [{10_003}, {3}]
        assert {folder.suite.seed(cell) for cell in (other, first)} == {3}


def test_a_barrier_has_the_columns_of_the_second_or_permuted_network() -> None:
    config = laid_out(one_seed)
    found = Counter(
        (config.factors(job.cells[0])["member"], config.factors(job.cells[1])["member"])
        for job in barrier_pairs(one_seed)
    )
    assert found == {("second", "first"): 7, ("matched", "first"): 7}


def test_a_permuted_copy_is_the_second_network_made_like_the_first() -> None:
    permuted = [cell for cell in laid_out(one_seed).cells if cell.training is None]
    assert len(permuted) == 7
    for cell in permuted:
        reference, other = cell.parents
        assert [parent.init_seed for parent in (reference, other)] == [3, 10_003]
        assert cell.model == other.model


def test_two_seeds_share_no_network() -> None:
    config = laid_out(replace(ci, seeds=(0, 1)))
    assert len(config.cells) == 2 * len(laid_out(one_seed).cells)


def test_a_factor_is_filled_in_where_a_cell_differs_in_it_alone() -> None:
    config = laid_out(one_seed)
    levels: dict[str, set[Any]] = {}
    for cell in config.cells:
        columns = folder.suite.label(one_seed, cell)
        for factor in ("width", "depth", "lr", "weight_decay"):
            if factor in columns:
                levels.setdefault(f"{columns['arm']} {factor}", set()).add(columns[factor])
    assert levels == {
        "width width": {4, 16, 64, 256}, "mup width": {4, 256}, "label_noise width": {4, 32, 256},
        "width depth": {1}, "depth depth": {4}, "width lr": {0.15}, "lr lr": {0.3},
        "width weight_decay": {0.0}, "weight_decay weight_decay": {1e-2},
    }  # fmt: skip
    assert config.factors(config.cells[0])["arm"] == "width"


def test_full_has_the_widths_depths_and_rates_of_the_papers() -> None:
    config = plan(folder, profile="full", config=replace(full, seeds=(0,)))
    factors = [config.factors(cell) for cell in config.cells]
    mlps = [f for f in factors if f["arm"] == "width" and f["network"] == "mlp" and f["member"] == "first"]
    assert [f["width"] for f in mlps] == [2**power for power in range(3, 16)]
    assert {(f["training.batch_size"], f["training.lr"], f["training.stop_at_loss"]) for f in mlps} == {
        (64, 1e-3, 0.01)
    }
    assert {f["depth"] for f in factors if "depth" in f} == {1, 2, 4, 8, 16}
    wide = Counter((f["model.skip"], f["training.lr"], f["width"]) for f in factors if f["arm"] == "wide")
    assert wide == {(skip, lr, 16 * k): 1 for skip, lr in ((True, 0.1), (False, 0.01)) for k in (1, 2, 4, 8)}


def test_networks_with_batch_norm_have_barriers_with_interpolated_statistics_too() -> None:
    config = plan(folder, profile="full", config=replace(full, seeds=(0,)))
    found = {
        config.factors(job.cells[0])["network"]
        for job in config.jobs
        if job.measure.family == "barrier" and job.measure.options["batch_norm"] == "interpolated"
    }
    assert found == {"vgg16", "resnet20"}


def bench_in(path: Path) -> Bench:
    return Bench(store=Store(path), device="cpu", numerics=numerics("cpu"))


@pytest.mark.slow
def test_the_networks_of_full_can_be_paired_and_measured(tmp_path: Path) -> None:
    tiny = replace(
        one_seed, n_train=130, n_test=60, epochs=1, wide_epochs=1, mlp_widths=(), mup_widths=(), depths=(), lrs=(),
        weight_decays=(), label_noise_widths=(), small_cnn_widths=(2,), vgg16_widths=(2,), resnet20_widths=(2,),
        wide_factors=(1,), n_line=3, n_directions=1, n_lanczos=2, n_probes=1, n_planes=1, n_surface=3,
        batch_size=30,
    )  # fmt: skip
    bench = bench_in(tmp_path)
    failures = {job.measure.label: measure([job], bench) for job in laid_out(tiny).jobs}
    assert set(failures) >= {"performance", "barrier[batch_norm=interpolated,n_points=3]"}
    assert not any(failures.values()), failures


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Mean over the ten seeds of ci by width and member, in the arm width; the bands held for blocks of three."""
    rows = published(folder.name, "width")
    rows = rows[rows["measure"].isin(("barrier", "performance"))]
    assert rows["width"].nunique() == 4
    return rows.pivot_table(index="width", columns=["quantity", "member"], values="value", aggfunc="mean")


def test_the_barrier_as_trained_falls_with_the_width(table: pd.DataFrame) -> None:
    error = table["frankle_test_error", "second"]
    assert error[16] > 2 * error.iloc[-1]


def test_matching_raises_the_barrier_at_no_width(table: pd.DataFrame) -> None:
    for quantity in ("frankle_test_error", "entezari_train_loss"):
        assert (table[quantity, "matched"] <= table[quantity, "second"]).all()


def test_the_matched_loss_barrier_of_wide_networks_is_low(table: pd.DataFrame) -> None:
    assert table["entezari_train_loss", "matched"].iloc[-1] < 0.1


def test_permuting_hidden_units_leaves_the_function_alone(table: pd.DataFrame) -> None:
    np.testing.assert_allclose(table["test_loss", "matched"], table["test_loss", "second"], atol=1e-12)
