from __future__ import annotations

import json
import math

from benchmark.tracking.child_run import ChildRun, max_points, run_of_cell, thin
from tests.tracking import synthetic
from tests.tracking.synthetic import Cell


def run_of(cell: Cell) -> ChildRun:
    return run_of_cell(synthetic.key(cell), "name", synthetic.rows(cell), synthetic.summary(cell))


def test_history_is_thinned_to_a_hundred_points_with_the_first_and_the_last() -> None:
    steps = [step for key, _, step in run_of(("matched_loss", 8, 0)).points if key == "training/loss"]
    assert len(steps) == max_points
    assert (steps[0], steps[-1]) == (0, synthetic.n_steps - 1)
    assert steps == sorted(set(steps))


def test_short_curves_are_kept_whole() -> None:
    points = [("loss", 0.5, step) for step in range(max_points)]
    assert thin(points) == points
    assert len(thin([*points, ("loss", 0.5, max_points)])) == max_points


def test_numbers_become_metrics_with_readable_keys() -> None:
    metrics = {key: value for key, value, _ in run_of(("matched_loss", 8, 0)).points}
    assert {
        "performance/test_error",
        "sharpness/hessian_extremes.lambda_max",
        "sharpness/sam_sharpness.rho-0.1",
        "sharpness/hessian_trace",
    } <= set(metrics)


def test_what_is_not_finite_is_a_tag_and_no_metric() -> None:
    run = run_of(synthetic.diverged)
    assert all(math.isfinite(value) for _, value, _ in run.points)
    assert "performance/test_loss=inf" in run.tags["not_finite"]
    assert "training/loss=inf from step" in run.tags["not_finite"]


def test_missing_values_are_neither() -> None:
    run = run_of(synthetic.diverged)
    assert not any("sam_sharpness" in key for key, _, _ in run.points)
    assert "sam_sharpness" not in run.tags["not_finite"]


def test_status_and_reason_are_tags() -> None:
    tags = run_of(synthetic.not_converged).tags
    assert (tags["status"], tags["reason"]) == ("not_converged", "loss 0.08 > 0.01")


def test_status_is_found_in_the_rows_without_a_summary() -> None:
    cell = synthetic.diverged
    assert run_of_cell(synthetic.key(cell), "name", synthetic.rows(cell), {}).status == "diverged"


def test_a_failed_measure_is_a_tag_and_leaves_the_cell_done() -> None:
    cell = ("matched_loss", 8, 0)
    gap = synthetic.row(cell, "hessian_trace", "value", math.nan, status="failed", reason="out of memory")
    rows = [row for row in synthetic.rows(cell) if row["label"] != "hessian_trace"] + [gap]
    run = run_of_cell(synthetic.key(cell), "name", rows, {})
    assert (run.status, run.tags["failed_measures"]) == ("done", "hessian_trace")
    assert "not_finite" not in run.tags
    assert not any("hessian_trace" in key for key, _, _ in run.points)


def test_live_and_final_summary_make_the_same_entry() -> None:
    for cell in synthetic.cells():
        live = run_of_cell(synthetic.key(cell), "name", synthetic.rows(cell), {"name": "x", "seconds": 1.0})
        assert live.content == run_of(cell).content


def test_time_it_took_does_not_make_a_cell_another() -> None:
    cell = ("matched_loss", 8, 0)
    slow = run_of_cell(
        synthetic.key(cell), "name", synthetic.rows(cell), synthetic.summary(cell) | {"seconds": 99.0}
    )
    assert slow.content == run_of(cell).content


def test_what_people_filter_by_is_a_tag() -> None:
    tags = run_of(("matched_loss", 8, 1)).tags
    assert (tags["arm"], tags["seed"], tags["level"], tags["status"]) == (
        "matched_loss", "1", "name", "done",
    )  # fmt: skip
    tuned = synthetic.factors(("matched_loss", 8, 1)) | {"tuned": True}
    rows = [row | {"factors": json.dumps(tuned)} for row in synthetic.rows(("matched_loss", 8, 1))]
    key = synthetic.key(("matched_loss", 8, 1))
    assert run_of_cell(key, "name", rows, {}).tags["tuned"] == "true"
