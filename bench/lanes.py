"""`python -m bench.lanes`: what a step costs a network that is trained in lanes, beside one network after the other.

Writes bench/results/lanes.json:
    networks: one entry per network, batch size and precision:
        network, batch_size, precision: which.
        microseconds: CPU time per network and step, the least of all blocks, by contender: "one by one" (torch's
            layers, autograd, the same update), twice for the noise, and 1, 5, 10 and 20 lanes.
        ratio: that of "one by one" divided by each.
        together: how many of twenty such networks a run puts in one program, see `Tempo`.
    error: largest difference between the weights one by one and in lanes after the same 20 steps, beside the largest
        weight of a layer, in float64.
    n_blocks, n_steps: blocks per contender, and network steps in each of them.
    loads, is_busy: load average before and after; busy when more processes wanted a core than there were. Ratios of a
        busy machine are a hint, times of it are nothing.
    provenance: commit, machine and versions, as in every benchmark.

The contenders take turns, block by block, in one process on one thread, A B C C B A.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import torch
import typer

from bench.machine import is_busy, load
from bench.results import folder, root, rounded
from bench.signals import Signals
from benchmark.cells.data.digits import Digits
from benchmark.cells.data.splits import Splits
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.signal_cnn import SignalCNN
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.training.alone import Alone
from benchmark.cells.training.lanes import Lanes
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.tempo import Tempo, widths
from benchmark.cells.training.trajectory import Trajectory
from benchmark.results.provenance import git_state, machine, versions
from benchmark.store.files import write_atomic

Blocks = Annotated[int, typer.Option(min=2, help="Blocks per contender.")]
Work = tuple[Callable[[], None], int]  # a step, and of how many networks
Steps = Annotated[int, typer.Option(min=20, help="Network steps in a block.")]
digits, n_most = Digits(n_train=1000), 20
precisions = {"float32": torch.float32, "float64": torch.float64}
reference, once_more = "one by one", "one by one, once more"


@dataclass(frozen=True)
class Network:
    """What is trained, how many examples a step sees, and of which data."""

    name: str
    model: MLP | SmallCNN | SignalCNN
    batch_size: int
    data: Digits | Signals = digits


networks = (
    Network("64-4-10", MLP(width=4, depth=1), 50),
    Network("64-64-10", MLP(width=64, depth=1), 50),
    Network("64-32-10", MLP(width=32, depth=1), 8),
    Network("depth 16, width 32", MLP(width=32, depth=16), 25),
    Network("depth 16, width 32, skip", MLP(width=32, depth=16, skip=True), 25),
    Network("64-128-128-10, batch norm", MLP(width=128, norm="batch"), 25),
    Network("64-256-10", MLP(width=256, depth=1), 50),
    Network("64-256-10", MLP(width=256, depth=1), 500),
    Network("CNN of width 16", SmallCNN(), 32),
    Network("CNN of width 16", SmallCNN(), 100),
    Network("CNN of width 16, batch norm", SmallCNN(norm="batch"), 100),
    Network("CNN of signals, 25 channels", SignalCNN(), 32, Signals()),
    Network("CNN of signals, 25 channels", SignalCNN(), 100, Signals()),
)


def lanes(blocks: Blocks = 15, steps: Steps = 200) -> None:
    """Time networks one by one and in lanes. Wants an idle machine."""
    path = folder / "lanes.json"
    write_atomic(path, (json.dumps(measured(blocks, steps), indent=1) + "\n").encode())
    typer.echo(f"wrote {path.relative_to(root)}")


def measured(n_blocks: int, n_steps: int) -> dict[str, Any]:
    """Return the record."""
    torch.set_num_threads(1)
    before, found, errors = load(), [], []
    for precision, dtype in precisions.items():
        torch.set_default_dtype(dtype)
        for network in networks:
            splits = network.data.load()
            if begun(network, splits, 0).kind is None:  # such as batch norm of pictures in float64
                continue
            if precision == "float64":
                errors.append(difference(network, splits))
            found.append(timed(network, splits, n_blocks, n_steps) | {"precision": precision})
            typer.echo(json.dumps(rounded(found[-1])))
    return {
        "benchmark": "lanes",
        "provenance": {"git": git_state(root), "machine": machine(), "versions": versions()},
        "networks": rounded(found),
        "error": rounded(max(errors)),
        "n_blocks": n_blocks,
        "n_steps": n_steps,
        "loads": rounded([before, load()]),
        "is_busy": is_busy([before, load()]),
    }


def begun(network: Network, splits: Splits, seed: int) -> Trajectory:
    """Return a training that does not end."""
    torch.manual_seed(seed)
    module = network.model.build(splits.task)
    training = SGD(batch_size=network.batch_size, lr=0.01, epochs=10**6)
    return training.begin(module, splits, order_seed=seed, augment_seed=0)


def difference(network: Network, splits: Splits, n_steps: int = 20) -> float:
    """Return the largest difference of weights between one by one and in lanes, beside the largest weight."""
    group = [begun(network, splits, seed) for seed in range(3)]
    single = [begun(network, splits, seed) for seed in range(3)]
    works = [Lanes(group).advance, *(Alone(one).advance for one in single)]
    for _ in range(n_steps):
        for advance in works:
            advance()
    return max(
        float((ours.detach() - theirs.detach()).abs().max() / theirs.detach().abs().max())
        for one, other in zip(group, single, strict=True)
        for ours, theirs in zip(one.module.parameters(), other.module.parameters(), strict=True)
    )


def timed(network: Network, splits: Splits, n_blocks: int, n_steps: int) -> dict[str, Any]:
    """Return the least CPU time per network and step of every contender."""
    works: dict[str, Work] = {
        name: (Alone(begun(network, splits, 0)).advance, 1) for name in (reference, once_more)
    }
    for n_lanes in (1, 5, 10, 20):
        group = [begun(network, splits, seed) for seed in range(n_lanes)]
        works[f"{n_lanes} lanes" if n_lanes > 1 else "1 lane"] = (Lanes(group).advance, n_lanes)
    least = dict.fromkeys(works, float("inf"))
    for block in range(n_blocks):
        for name in list(works) if block % 2 == 0 else reversed(list(works)):
            advance, n_lanes = works[name]
            least[name] = min(least[name], _per_network(advance, n_lanes, n_steps))
    return {
        "network": network.name,
        "batch_size": network.batch_size,
        "microseconds": {name: 1e6 * seconds for name, seconds in least.items()},
        "ratio": {name: least[reference] / seconds for name, seconds in least.items()},
        "together": together([begun(network, splits, seed) for seed in range(n_most)]),
    }


def together(group: list[Trajectory]) -> int:
    """Return how many of trainings of one kind a run steps together, once it has tried."""
    widths.clear()
    tempo = Tempo(group)
    while not tempo.is_found:
        tempo.advance(tempo.part(group))
    return tempo.width


def _per_network(advance: Callable[[], None], n_lanes: int, n_steps: int) -> float:
    n_calls = max(1, n_steps // n_lanes)
    began = time.process_time()
    for _ in range(n_calls):
        advance()
    return (time.process_time() - began) / (n_calls * n_lanes)


if __name__ == "__main__":
    typer.run(lanes)
