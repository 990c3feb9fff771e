"""The benchmark of lanes times what it says, and holds it against a plain training."""

from __future__ import annotations

import torch

from bench.lanes import Network, difference, timed
from bench.signals import Signals
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.signal_cnn import SignalCNN
from benchmark.cells.training.lanes import Lanes
from tests.mutants import Mutant, red_with

network = Network("64-4-10", MLP(width=4, depth=1), 50)


signals = Network("CNN of signals", SignalCNN(width=3), 32, Signals(n_train=100))


@red_with(Mutant(Lanes._loss_gradient, "/ n_examples", "/ (n_examples + 1)"))
def test_lanes_do_the_work_of_networks_one_by_one() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        for one in (network, signals):
            assert difference(one, one.data.load(), n_steps=5) < 1e-12
    finally:
        torch.set_default_dtype(torch.float32)


def test_every_contender_is_timed_beside_one_by_one() -> None:
    found = timed(network, network.data.load(), n_blocks=2, n_steps=20)
    names = {"one by one", "one by one, once more", "1 lane", "5 lanes", "10 lanes", "20 lanes"}
    assert found["microseconds"].keys() == found["ratio"].keys() == names
    assert found["ratio"]["one by one"] == 1 and all(time > 0 for time in found["microseconds"].values())
    assert found["together"] in (1, 2, 3, 5, 10, 20)
