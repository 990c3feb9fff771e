"""Ends and points of lines; what is computed on them is tested with the measures."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from benchmark.landscape.lines import End, Line, alphas, landscapes_on_line
from tests.mutants import Mutant, red_with
from tests.toys import batch_norm_net, relu_net


@red_with(Mutant(alphas, "start + (stop - start)", "stop - start"))
def test_alphas_hold_both_ends_and_the_middle_exactly() -> None:
    assert alphas(5, -0.5, 1.5) == [-0.5, 0, 0.5, 1, 1.5]
    for n_points in range(3, 200, 2):
        points = alphas(n_points)
        assert (points[0], points[n_points // 2], points[-1]) == (0, 0.5, 1)
    with pytest.raises(ValueError, match="n_points is 1; a line needs at least 2"):
        alphas(1)


def test_an_end_is_read_from_a_checkpoint_in_the_networks_precision_and_order() -> None:
    net, other = batch_norm_net(), batch_norm_net(seed=3)
    own = End.of(other.module)
    stored = dict(reversed([(name, value.float()) for name, value in other.module.state_dict().items()]))
    read = End.stored(stored, net.landscape())
    assert read.theta.dtype == torch.float64
    assert torch.equal(read.theta, own.theta.float().double())
    assert list(read.buffers) == list(own.buffers)
    assert torch.equal(read.buffers["1.running_var"], own.buffers["1.running_var"].float().double())


def test_a_buffer_that_is_not_stored_is_the_networks_own() -> None:
    net = batch_norm_net()
    weights = dict(net.module.named_parameters())
    read = End.stored(weights, net.landscape())
    assert torch.equal(read.buffers["1.running_mean"], net.landscape().buffers["1.running_mean"])


def test_statistics_are_estimated_once_for_all_landscapes(monkeypatch: pytest.MonkeyPatch) -> None:
    net = batch_norm_net()
    end = End.of(net.module)
    line = Line(
        start=end,
        end=end,
        landscapes=landscapes_on_line(net, "recalibrated", None),
        batch_norm="recalibrated",
    )
    n_calls, train = 0, line.landscapes["train"]
    estimate = type(train).recalibrated_buffers

    def counted(landscape: object, theta_P: torch.Tensor) -> object:
        nonlocal n_calls
        n_calls += 1
        return estimate(train, theta_P)

    monkeypatch.setattr(type(train), "recalibrated_buffers", counted)
    assert len(line.values(0.5)) == len(line.quantities) == 4
    assert n_calls == 1


def test_the_landscapes_of_a_network_without_a_test_split_are_one() -> None:
    net = relu_net()
    net = replace(net, splits=replace(net.splits, test=net.splits.test.take(slice(0, 0))))
    assert list(landscapes_on_line(net, "frozen", 10)) == ["train"]
