from __future__ import annotations

import re

import pytest

from benchmark.tracking.keys import metric_keys, most_keys, sections


def key(label: str, quantity: str = "value") -> str:
    return metric_keys([(label, quantity)])[label, quantity]


@pytest.mark.parametrize("quantity", ["value", "lambda_max", "odd [name]=@<b>"])
def test_keys_are_legal_for_mlflow(quantity: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_./ -]{1,250}", key("own[rho=0.1,norm=p@2]", quantity))


def test_a_key_is_a_section_and_a_name_without_the_effort() -> None:
    assert key("performance", "test_error") == "performance/test_error"
    assert key("history", "loss") == "training/loss"
    assert key("hessian_trace[n_probes=20]") == "sharpness/hessian_trace"
    assert key("sam_sharpness[method=one_step]") == "sharpness/sam_sharpness.method-one_step"
    assert key("loss_surface[n_points=11,plane=random]", "log10_max") == (
        "landscape/loss_surface.plane-random.log10_max"
    )


def test_effort_stays_where_two_labels_differ_in_nothing_else() -> None:
    keys = metric_keys([("hessian_trace[n_probes=2]", "value"), ("hessian_trace[n_probes=20]", "value")])
    assert sorted(keys.values()) == [
        "sharpness/hessian_trace.n_probes-2",
        "sharpness/hessian_trace.n_probes-20",
    ]


def test_quantities_that_are_no_headline_are_left_to_the_tables() -> None:
    assert metric_keys([("hessian_extremes", "lambda_max_residual"), ("weight_histogram", "outside")]) == {}


def test_no_cell_has_more_keys_than_a_page_can_show_and_the_first_sections_come_first() -> None:
    own = [("own_measure", f"quantity_{number}") for number in range(2 * most_keys)]
    keys = list(metric_keys([*own, ("performance", "gap"), ("history", "loss")]).values())
    assert len(keys) == most_keys
    assert keys[:2] == ["performance/gap", "training/loss"]
    assert {key.partition("/")[0] for key in keys} <= set(sections)
