"""The mean of several networks' weights."""

from __future__ import annotations

import pytest
import torch

from benchmark.cells.derivations.average import Average
from tests.cells.derivations.parents import derived
from tests.mutants import Mutant, red_with
from tests.toys import tensor


@red_with(Mutant(Average.derive, " / len(parents)", ""))
def test_the_average_is_the_mean_weight_by_weight() -> None:
    parents = (
        {"weight": tensor([1.0, 2.0]), "bias": tensor(6.0), "count": torch.tensor(7)},
        {"weight": tensor([4.0, 2.0]), "bias": tensor(0.0), "count": torch.tensor(8)},
        {"weight": tensor([1.0, 5.0]), "bias": tensor(0.0), "count": torch.tensor(9)},
    )
    mean = derived(Average(), *parents)
    assert list(mean) == ["weight", "bias", "count"]
    torch.testing.assert_close(mean["weight"], tensor([2.0, 3.0]))
    torch.testing.assert_close(mean["bias"], tensor(2.0))
    assert int(mean["count"]) == 7
    assert torch.equal(parents[0]["weight"], tensor([1.0, 2.0]))


def test_the_average_of_a_network_with_itself_is_the_network() -> None:
    weights = {"weight": tensor([0.1, 0.7])}
    assert torch.equal(derived(Average(), weights, weights)["weight"], weights["weight"])


def test_networks_of_other_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in architecture"):
        derived(Average(), {"weight": tensor(1.0)}, {"weight": tensor(1.0, 2.0)})
    with pytest.raises(ValueError, match="at least one parent"):
        derived(Average())
