"""How far training moved the weights."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmark.measures.distance_from_init import distance_from_init
from tests.mutants import Mutant, red_with
from tests.toys import batch_norm_net, values


@red_with(Mutant(distance_from_init, ".norm()", ".abs().sum()"))
def test_distance_is_that_of_the_weights_and_not_of_the_running_statistics() -> None:
    net = batch_norm_net()
    initial = {name: value + 7 for name, value in net.initial.items()}
    initial |= {name: weight.detach().clone() for name, weight in net.module.named_parameters()}
    initial["0.bias"] = initial["0.bias"] + 3
    initial["1.weight"] = initial["1.weight"] + 1
    net = replace(net, initial=initial)
    assert values(distance_from_init().compute(net)).value == pytest.approx((6 * 9 + 6 * 1) ** 0.5, rel=1e-14)
