"""The same function with its hidden units in another order."""

from __future__ import annotations

import pytest
import torch

from benchmark.cells.derivations.permute_units import PermuteUnits
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.vgg import VGG
from tests.cells.derivations.parents import derived_network
from tests.cells.models.networks import batch, built, images, scrambled

task = images(3, 8)


@pytest.mark.parametrize("model", [MLP(width=16, depth=3), VGG(width=4)], ids=str)
def test_the_weights_move_and_the_function_stays(model: MLP | VGG) -> None:
    network, inputs = scrambled(built(model, task)), batch(task)[0].double()
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    before = network(inputs).detach()
    moved = derived_network(PermuteUnits(), task, [(model, weights)])
    network.load_state_dict(moved)
    assert not torch.equal(moved["head.weight"], weights["head.weight"])
    torch.testing.assert_close(network(inputs).detach(), before, rtol=0, atol=1e-12)


def test_the_seed_decides_the_order() -> None:
    model = MLP(width=16, depth=1)
    weights = scrambled(built(model, task)).state_dict()
    first, again, other = (
        derived_network(PermuteUnits(), task, [(model, weights)], seed=seed)["head.weight"]
        for seed in (0, 0, 1)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_another_number_of_parents_is_refused() -> None:
    model = MLP(width=4)
    weights = scrambled(built(model, task)).state_dict()
    with pytest.raises(ValueError, match="takes one parent, not 2"):
        derived_network(PermuteUnits(), task, [(model, weights), (model, weights)])
