"""m-sharpness where the shards' maxima are known."""

from __future__ import annotations

import pytest

from benchmark.measures.m_sharpness import m_sharpness
from benchmark.measures.sam_sharpness import sam_sharpness
from tests.mutants import Mutant, red_with
from tests.toys import linear, relu_net, tensor, values


@red_with(
    Mutant(m_sharpness, "statistics.fmean", "sum"),
    Mutant(m_sharpness, "slice(start, start + m)", "slice(0, start + m)"),
    Mutant(m_sharpness, "n - m + 1, m", "n, m"),
)
def test_shards_of_a_linear_loss_choose_their_own_directions() -> None:
    slopes = tensor([3.0, 0.0], [3.0, 8.0], [0.0, -2.0], [0.0, 0.0], [1.0, 1.0])
    # means of the two whole shards: (3, 4) and (0, -1); the fifth example is left out
    net = linear(tensor(1.0, 1.0), slopes)
    assert values(m_sharpness(m=2, rho=0.1).compute(net)).value == pytest.approx(0.1 * (5 + 1) / 2, rel=1e-12)


def test_one_shard_of_all_examples_is_sam() -> None:
    net = relu_net()
    sam = values(sam_sharpness(method="one_step").compute(net)).value
    assert values(m_sharpness(m=30).compute(net)).value == sam
    assert values(m_sharpness(m=3).compute(net)).value > sam


@pytest.mark.parametrize("m", [0, 31])
def test_the_size_of_shards_is_checked(m: int) -> None:
    with pytest.raises(ValueError, match="there are 30 examples"):
        m_sharpness(m=m).compute(relu_net())
