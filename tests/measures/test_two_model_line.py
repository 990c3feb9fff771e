"""Lines and curves through two solutions."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import pytest
from torch import Tensor, nn

from benchmark.landscape import lines
from benchmark.landscape.lines import Line, alphas
from benchmark.landscape.trained import Trained
from benchmark.landscape.weights import lerp
from benchmark.measures.two_model_line import two_model_line, valley_width
from tests.mutants import Mutant, red_with
from tests.toys import batch_norm_net, classifier, quadratic, relu_net, tensor

curvatures = tensor(4.0, 1.0)


def curve(
    first: Trained, second: Trained, quantity: str = "train_loss", **options: Any
) -> dict[float, float]:
    """Return alpha -> value."""
    readings = two_model_line(**options).compute(first, second).readings
    return {reading.index["alpha"]: reading.value for reading in readings if reading.quantity == quantity}


def loss_at(w: Tensor) -> float:
    return float((0.5 * curvatures * w.square()).sum())


@red_with(
    Mutant(lerp, "(1 - t) * start_P + t * end_P", "start_P + t * end_P"),
    Mutant(alphas, "step / (n_points - 1)", "step / n_points"),
)
def test_a_quadratic_is_a_parabola_on_the_straight_line() -> None:
    w, v = tensor(1.0, -1.0), tensor(0.5, 3.0)
    got = curve(quadratic(curvatures, w), quadratic(curvatures, v), n_points=9)
    assert list(got) == [-0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5]
    assert got == pytest.approx({a: loss_at((1 - a) * w + a * v) for a in got}, rel=1e-12)


@red_with(Mutant(Line.weights, "math.cos(angle)", "(1 - alpha)"))
def test_the_curve_is_a_quarter_of_an_ellipse() -> None:
    w, v = tensor(1.0, -1.0), tensor(0.5, 3.0)
    got = curve(
        quadratic(curvatures, w), quadratic(curvatures, v), start=0.0, stop=1.0, n_points=5, path="curved"
    )
    angle = {a: a * math.pi / 2 for a in got}
    expected = {a: loss_at(math.cos(angle[a]) * w + math.sin(angle[a]) * v) for a in got}
    assert got == pytest.approx(expected, rel=1e-12)


def test_swapping_the_networks_mirrors_the_line() -> None:
    first, second = relu_net(), relu_net(seed=1)
    second = replace(second, splits=first.splits)
    there = curve(first, second, "test_error", start=0.0, stop=1.0, n_points=5)
    back = curve(second, first, "test_error", start=0.0, stop=1.0, n_points=5)
    assert there == {1 - a: value for a, value in back.items()}


@red_with(Mutant(Line.buffers, "self.end.buffers, alpha", "self.end.buffers, 0"))
def test_interpolated_statistics_reach_both_networks_and_frozen_ones_only_the_first() -> None:
    first, second = batch_norm_net(), batch_norm_net(seed=1)
    second = replace(second, splits=first.splits)
    own = [net.landscape().loss(net.landscape().theta) for net in (first, second)]
    interpolated = curve(first, second, start=0.0, stop=1.0, n_points=2, batch_norm="interpolated")
    frozen = curve(first, second, start=0.0, stop=1.0, n_points=2, batch_norm="frozen")
    assert list(interpolated.values()) == pytest.approx(own, rel=1e-13)
    assert frozen[0.0] == own[0] and frozen[1.0] != pytest.approx(own[1], rel=1e-2)


@red_with(Mutant(Line.buffers, "variance.clamp(min=0)", "variance"))
def test_interpolated_variances_do_not_fall_below_zero_beyond_the_ends() -> None:
    first, second = batch_norm_net(), batch_norm_net(seed=1)
    second = replace(second, splits=first.splits)
    for name, buffer in second.module.named_buffers():
        if name.endswith("running_var"):
            buffer.mul_(
                9
            )  # at alpha = -0.5 the line would have 1.5 - 4.5 = -3 of the first network's variance
    interpolated = curve(first, second, batch_norm="interpolated", n_points=5)
    assert all(math.isfinite(loss) for loss in interpolated.values())


@red_with(
    Mutant(
        Line.buffers,
        'self.landscapes["train"].recalibrated_buffers(theta_P)',
        'self.landscapes["train"].buffers',
    )
)
def test_recalibrated_statistics_come_from_the_training_examples_for_both_splits() -> None:
    first, second = batch_norm_net(), batch_norm_net(seed=1)
    train = first.splits.train
    splits = replace(first.splits, train=train.take(slice(0, 20)), test=train.take(slice(20, None)))
    first, second = replace(first, splits=splits), replace(second, splits=splits)
    landscape = second.landscape(batch_norm="recalibrated")
    buffers = landscape.recalibrated_buffers(landscape.theta)
    expected = second.landscape("test").loss(landscape.theta, buffers)
    got = curve(first, second, "test_loss", start=0.0, stop=1.0, n_points=2)
    assert got[1.0] == pytest.approx(expected, rel=1e-13)


def test_batch_statistics_forget_the_running_ones() -> None:
    first = batch_norm_net()
    other = replace(first, module=copy.deepcopy(first.module))
    norm = other.module.get_submodule("1")
    assert isinstance(norm, nn.BatchNorm1d)
    norm.reset_running_stats()
    options: dict[str, Any] = {"start": 0.0, "stop": 1.0, "n_points": 2, "batch_norm": "batch"}
    assert curve(first, other, **options) == curve(other, first, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": "spiral"}, "choose 'straight' or 'curved'"),
        ({"batch_norm": "anchor"}, "choose frozen, interpolated, recalibrated or batch"),
        ({"n_points": 1}, "needs at least 2"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        curve(relu_net(), relu_net(), **options)


def test_without_a_test_split_there_are_the_readings_of_the_training_split() -> None:
    net = relu_net()
    net = replace(net, splits=replace(net.splits, test=net.splits.test.take(slice(0, 0))))
    readings = two_model_line(n_points=2).compute(net, net).readings
    assert [reading.quantity for reading in readings if reading.index] == ["train_loss", "train_error"] * 2


@red_with(Mutant(lines._saw_the_same, "first.splits.train.digest == second.splits.train.digest", "True"))
def test_networks_trained_elsewhere_are_compared_by_their_examples() -> None:
    first, second = (replace(relu_net(seed), cell=None) for seed in (0, 1))
    assert curve(first, replace(second, splits=first.splits), n_points=2)
    refused = False
    try:
        curve(first, second, n_points=2)
    except ValueError as error:
        refused = "saw different data" in str(error)
    assert refused


def test_networks_of_other_data_or_architecture_are_refused() -> None:
    net = relu_net()
    assert net.cell is not None
    with pytest.raises(ValueError, match="saw different data"):
        curve(net, replace(net, cell=replace(net.cell, data="other")))
    with pytest.raises(ValueError, match="differ in architecture"):
        curve(net, classifier(nn.Linear(4, 3)))


@red_with(
    Mutant(valley_width, "losses[here] + level", "level"),
    Mutant(valley_width, "points[right] - points[left]", "points[right] - points[here]"),
)
def test_a_valley_is_as_wide_as_a_parabola_says() -> None:
    lowest, beside = quadratic(curvatures, tensor(0.0, 0.0)), quadratic(curvatures, tensor(1.0, 0.0))
    result = two_model_line(start=-1.5, stop=1.5, n_points=3001).compute(lowest, beside)
    width = {reading.quantity: reading.value for reading in result.readings if not reading.index}
    # the loss is 2 alpha^2: at most 0.5 for |alpha| <= 1/2, and at most 2 + 0.5 for |alpha| <= sqrt(5) / 2
    assert width == pytest.approx({"width_first": 1.0, "width_second": math.sqrt(5)}, abs=2e-3)


def test_a_valley_ends_at_the_first_rise_and_at_the_end_of_the_line() -> None:
    points, losses = [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5], [0.0, 9.0, 1.0, 1.4, 1.2, 1.0]
    assert valley_width(points, losses, around=0.0, level=0.5) == 1.5
    assert valley_width(points, losses, around=-1.0, level=0.5) == 0.0
    assert math.isnan(valley_width(points, losses, around=0.1, level=0.5))
    assert math.isnan(valley_width(points, [math.inf] * 6, around=0.0, level=0.5))
    with pytest.raises(ValueError, match="level is 0"):
        two_model_line(level=0.0).compute(relu_net(), relu_net())
