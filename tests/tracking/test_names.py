from __future__ import annotations

from benchmark.tracking.names import level_of, run_names
from tests.tracking import synthetic


def test_cells_are_named_by_what_tells_them_apart_and_the_seed() -> None:
    names = run_names(synthetic.planned())
    assert names[synthetic.key(("matched_loss", 8, 1))] == "bs=8 seed=1 matched_loss"


def test_names_are_in_reading_order() -> None:
    names = list(run_names(synthetic.planned()).values())
    assert names[:4] == [f"bs=8 seed={seed} equal_epochs" for seed in range(3)] + [
        "bs=256 seed=0 equal_epochs"
    ]


def test_a_factor_that_follows_from_another_is_left_out_unless_it_varies_by_itself() -> None:
    goes_along = {"a": {"training.batch_size": 8, "training.lr": 0.1, "seed": 0}}
    goes_along["b"] = {"training.batch_size": 16, "training.lr": 0.2, "seed": 0}
    assert list(run_names(goes_along).values()) == ["bs=8 seed=0", "bs=16 seed=0"]
    crossed = goes_along | {"c": {"training.batch_size": 16, "training.lr": 0.1, "seed": 0}}
    assert list(run_names(crossed).values()) == [
        "bs=8 lr=0.1 seed=0",
        "bs=16 lr=0.1 seed=0",
        "bs=16 lr=0.2 seed=0",
    ]


def test_one_cell_is_named_by_its_seed() -> None:
    assert run_names({"k": {"model": "MLP", "seed": 4}}) == {"k": "seed=4"}


def test_classes_need_no_column_name_and_equal_last_parts_are_told_apart() -> None:
    cells = {
        "a": {"model": "MLP", "model.width": 8, "training.width": 1, "seed": 0},
        "b": {"model": "VGG", "model.width": 8, "training.width": 1, "seed": 0},
        "c": {"model": "VGG", "model.width": 16, "training.width": 1, "seed": 0},
        "d": {"model": "VGG", "model.width": 16, "training.width": 2, "seed": 0},
    }
    assert list(run_names(cells).values()) == [
        "model.width=8 training.width=1 seed=0 MLP",
        "model.width=8 training.width=1 seed=0 VGG",
        "model.width=16 training.width=1 seed=0 VGG",
        "model.width=16 training.width=2 seed=0 VGG",
    ]


def test_references_to_other_cells_and_absent_factors_are_left_out() -> None:
    cells = {"a": {"start.cell": "f" * 64, "scale": 2.0, "seed": 0}, "b": {"start.cell": "e" * 64, "seed": 0}}
    assert sorted(run_names(cells).values()) == ["scale=2 seed=0", "seed=0"]


def test_runs_of_one_level_share_their_name_but_for_the_seed() -> None:
    names = run_names(synthetic.planned()).values()
    assert len({level_of(name) for name in names}) == 4
    assert level_of("seed=4") == "seed=4"  # nothing else is known of it
