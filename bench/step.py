"""A training step, with all that is written down on the way, beside a training loop written by hand.

Lightning is not among the peers: it is no dependency of the benchmarks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from bench.comparison import Comparison, Effort, Quantity
from bench.method import Answer, Contender, Row, least_ratio
from benchmark.cells.data.digits import Digits
from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.streams import generator
from benchmark.cells.training.sgd import SGD

data, lr = Digits(n_train=1000, n_val=200), 0.01
tolerance = 1e-4  # of weights after all steps, float32, beside the largest
writing, bare = "by hand, the same written down", "by hand, nothing written down"


@dataclass(frozen=True)
class Work:
    """What is trained, for how long, and how many times the loop by hand our step may take."""

    name: str
    model: MLP | SmallCNN
    batch_size: int
    n_steps: int
    most: float


works = (
    Work("MLP 64-64-10, batch 64", MLP(width=64, depth=1), 64, 304, 1.10),
    Work("SmallCNN of width 16, batch 64", SmallCNN(), 64, 64, 1.03),
)


def comparisons(effort: Effort) -> Iterator[Comparison]:
    """Yield a table for every network."""
    splits = data.load()
    for work in works:
        n_steps = effort.of(work.n_steps, 32)
        yield Comparison(
            title=f"Training steps of {work.name}",
            note=f"{n_steps} steps of SGD on {data.n_train} digits, and before the first step and after every epoch "
            "loss and error on training and validation examples, the norms of weights and gradient. Answers are the "
            "weights at the end beside those of the loop by hand that writes down nothing.",
            error_name="largest difference",
            contenders=contenders(work, splits, n_steps),
            seeds=[0],
            quantities=partial(overhead, most=work.most),
        )


def contenders(work: Work, splits: Splits, n_steps: int) -> list[Contender]:
    """Return ours, and the two loops by hand."""
    truth = by_hand(work, splits, n_steps, 0, is_writing=False).values

    def error(answers: Sequence[Answer]) -> float:
        return max(float((each.values - truth).abs().max() / truth.abs().max()) for each in answers)

    ways = {
        "lossbench": lambda seed: ours(work, splits, n_steps, seed),
        writing: lambda seed: by_hand(work, splits, n_steps, seed, is_writing=True),
        bare: lambda seed: by_hand(work, splits, n_steps, seed, is_writing=False),
    }
    return [
        Contender(name=name, version="", settings="", solve=solve, error=error, tolerance=tolerance)
        for name, solve in ways.items()
    ]


def ours(work: Work, splits: Splits, n_steps: int, seed: int) -> Answer:
    """Train as a suite does, all records made."""
    training = SGD(batch_size=work.batch_size, lr=lr, steps=n_steps)
    trajectory = training.begin(begun(work, splits, seed), splits, order_seed=seed, augment_seed=0)
    while not trajectory.finished:
        trajectory.advance()
    return Answer(values=flat(trajectory.module))


def by_hand(work: Work, splits: Splits, n_steps: int, seed: int, *, is_writing: bool) -> Answer:
    """Train with torch's own layers, autograd and optimizer."""
    module, train = begun(work, splits, seed), splits.train
    optimizer = torch.optim.SGD(module.parameters(), lr=lr)
    per_epoch = -(-len(train) // work.batch_size)
    history = [written(module, splits)] if is_writing else []
    for step in range(n_steps):
        if step % per_epoch == 0:
            order = torch.randperm(len(train), generator=generator(seed, "order", step // per_epoch))
            batches = torch.split(order, work.batch_size)
        index = batches[step % per_epoch]
        optimizer.zero_grad()
        torch.autograd.backward(cross_entropy(module(train.inputs[index]), train.targets[index]))
        optimizer.step()
        if is_writing and ((step + 1) % per_epoch == 0 or step + 1 == n_steps):
            history.append(written(module, splits))
    return Answer(values=flat(module))


def written(module: nn.Module, splits: Splits) -> dict[str, float]:
    """Return what our training writes down, one number after the other."""
    gradients = [weight.grad for weight in module.parameters() if weight.grad is not None]
    module.eval()
    with torch.no_grad():
        norms = {"weight_norm": norm(list(module.parameters())), "gradient_norm": norm(gradients)}
        found = (
            norms
            | means(module, splits.train)
            | {f"val_{k}": v for k, v in means(module, splits.val).items()}
        )
    module.train()
    return found


def means(module: nn.Module, examples: Examples) -> dict[str, float]:
    """Return mean loss and error over examples."""
    outputs = module(examples.inputs)
    wrong = (outputs.argmax(dim=1) != examples.targets).float().mean()
    return {"loss": cross_entropy(outputs, examples.targets).item(), "error": wrong.item()}


def norm(tensors: Sequence[Tensor]) -> float:
    """Return the Euclidean norm of all tensors together."""
    return float(torch.cat([each.reshape(-1) for each in tensors]).norm()) if tensors else 0.0


def begun(work: Work, splits: Splits, seed: int) -> nn.Module:
    """Return a network as it is drawn, in training mode."""
    torch.manual_seed(seed)
    return work.model.build(splits.task).train()


def flat(module: nn.Module) -> Tensor:
    """Return all weights in one vector."""
    return torch.cat([weight.detach().reshape(-1) for weight in module.parameters()])


def overhead(rows: Sequence[Row], *, most: float) -> list[Quantity]:
    """Return how many times the loops by hand our steps take."""
    return [
        Quantity(
            name="beside the loop that writes down the same", value=least_ratio(rows, writing), most=most
        ),
        Quantity(name="beside the loop that writes down nothing", value=least_ratio(rows, bare)),
    ]
