"""What does width do to the loss landscape: to the barrier between two solutions, to its chaos, to the test error?

Every cell of the width, muP and depth arms exists twice: two networks of one data split that share no other random
stream, so that a barrier is one between independent solutions. A third one is the second with its hidden units
permuted to match the first (no training). The cells come in arms (factor `arm`):
    width: networks of several widths, trained alike.
    mup: the same in the maximal-update parametrization, in which a step does not grow or shrink with the width.
    depth, lr, weight_decay: networks of one width with another depth, learning rate or weight decay.
    label_noise: networks of several widths, a share of whose training labels is wrong.
    wide: ResNet-56 of Li et al. 2018, one to eight times as wide, with and without shortcuts.
    tuned: the networks of the arm width, each at the learning rate that suits it best.

The sweep tunes the learning rate of every kind and width of network in the arm width by itself. The other arms are not
swept: each differs from the arm width in the one thing that it is about, the learning rate among them, and wide is the
paper's protocol. A cell at the winning learning rate has `tuned` = true, also where that is the fixed one; the arm
tuned holds those that the arm width lacks, and what its claims read is measured there, no more.
The sweep trains at most 48 networks in `ci`, 384 in `small` and 368 in `full`.

A factor's column (`width`, `depth`, `lr`, `weight_decay`) is filled in for the cells that differ in it alone, and
empty elsewhere. `member` tells the two networks of a pair apart, and the permuted copy; a barrier is a row of its
second or permuted network.

At `full` the arms width and depth follow Entezari et al. 2022 (batch 64, constant learning rate of 0.001, until the
training loss is 0.01; no momentum is named in what was read of it), and wide follows Li et al. 2018, about 50 GPU-hours
a seed by an estimate; in `small` they follow an independent reproduction of weight matching (Adam, 15 epochs).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from benchmark.cells.cell import Cell, Derived
from benchmark.cells.checks import (
    reject,
    require_choice,
    require_count,
    require_flag,
    require_fraction,
    require_positive,
)
from benchmark.cells.data.catalog import named
from benchmark.cells.derivations.match_weights import MatchWeights
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.models.vgg import VGG
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.sgd import SGD
from benchmark.measures.barrier import barrier
from benchmark.measures.distance_from_init import distance_from_init
from benchmark.measures.hessian_extremes import hessian_extremes
from benchmark.measures.hessian_trace import hessian_trace
from benchmark.measures.loss_surface import loss_surface
from benchmark.measures.measure import Measure
from benchmark.measures.performance import performance
from benchmark.measures.radial_width import radial_width
from benchmark.measures.sam_sharpness import sam_sharpness
from benchmark.measures.weight_norm import weight_norm
from benchmark.suite.suite import Range, Suite, Sweep
from benchmark.suite.winners import check_sweep, winner, with_validation

Member = Literal["first", "second", "matched"]
between_members = 10_000  # the second network of seed s draws its streams from s + this; seeds stay below it
wide_batch_size = 128
wide_depth, wide_unit = 56, 16  # a ResNet-56 of factor k has 16 k, 32 k and 64 k channels
wide_milestones = (0.5, 0.75, 11 / 12)  # of 300 epochs: 150, 225, 275


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every knob of the suite.

    Attributes:
        data: "digits", a torchvision set ("cifar10", "fashionmnist", ...), or pictures added under a name.
        n_train, n_test: examples drawn; None for all.
        seeds: each draws subset and the streams of both networks of every pair; below 10,000.
        mlp_widths, small_cnn_widths, vgg16_widths, resnet20_widths: the arm width; an empty list leaves that network
            out. Claims compare the narrowest with the widest.
        optimizer, batch_size, lr, epochs: how all arms but wide are trained.
        stop_at_loss: training loss (nats per example) at which to stop before `epochs`, but not in the arms label_noise
            and wide; None: never.
        matched: whether to add the permuted copies.
        base_width: width of the MLPs of the arms depth, lr and weight_decay, and at which muP is the standard
            parametrization.
        mup_widths: the arm mup (optimizer sgd only), besides `base_width`, where its network is that of the arm width;
            empty leaves it out.
        depths: hidden layers in the arm depth, besides 1; empty leaves it out.
        lrs: learning rates of the arm lr, besides `lr`; empty leaves it out.
        weight_decays: of the arm weight_decay, besides none; empty leaves it out.
        label_noise, label_noise_widths: share of wrong training labels and widths of the arm; no widths leave it out.
        wide_factors, wide_epochs: the arm wide; no factors leave it out.
        n_measured: training examples on which barriers, widths and curvature are evaluated; None for all.
        n_line: points of the line between two networks; an odd number has the middle among them.
        n_directions, n_lanczos, n_probes: random directions of the radial width, Lanczos steps, trace probes.
        n_planes, n_surface: random planes of the loss surface, and points along each of their axes.
        sweep_trials, sweep_seeds, n_val, tuned: of the learning rates, see `benchmark.suite.winners`.
        lr_range: smallest and largest learning rate of the sweep; `lr` is tried even where it lies outside.
    """

    data: str = "digits"
    n_train: int | None = 500
    n_test: int | None = 797
    seeds: tuple[int, ...] = tuple(range(10))
    mlp_widths: tuple[int, ...] = (4, 16, 64, 256)
    small_cnn_widths: tuple[int, ...] = ()
    vgg16_widths: tuple[int, ...] = ()
    resnet20_widths: tuple[int, ...] = ()
    optimizer: Literal["sgd", "adam"] = "sgd"
    batch_size: int = 25
    lr: float = 0.15
    epochs: int = 30
    stop_at_loss: float | None = None
    matched: bool = True
    base_width: int = 64
    mup_widths: tuple[int, ...] = (4, 256)
    depths: tuple[int, ...] = (4,)
    lrs: tuple[float, ...] = (0.3,)
    weight_decays: tuple[float, ...] = (1e-2,)
    label_noise: float = 0.2
    label_noise_widths: tuple[int, ...] = (4, 32, 256)
    wide_factors: tuple[int, ...] = ()
    wide_epochs: int = 300
    n_measured: int | None = None
    n_line: int = 21
    n_directions: int = 10
    n_lanczos: int = 30
    n_probes: int = 10
    n_planes: int = 1
    n_surface: int = 11
    sweep_trials: int = 3
    sweep_seeds: tuple[int, ...] = (1_000_000, 1_000_001, 1_000_002, 1_000_003)
    n_val: int = 500
    tuned: tuple[tuple[str, str, float], ...] = ()
    lr_range: tuple[float, float] = (0.01, 0.2)

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_lists()
        self._check_arms()
        if self.n_train is not None and self.batch_size > self.n_train:
            reject(self, "batch_size", f"give at most n_train={self.n_train}")
        if self.n_train is not None and self.wide_factors and self.n_train < wide_batch_size:
            reject(self, "n_train", f"the arm wide takes batches of {wide_batch_size}; give at least that")
        check_sweep(self, arms=_swept(self), hyperparameters=("lr",))

    def _check_numbers(self) -> None:
        require_choice(self, "optimizer", ("sgd", "adam"))
        require_positive(self, "lr")
        if not 0 < self.lr_range[0] < self.lr_range[1]:
            reject(self, "lr_range", "give two numbers above 0, the smaller one first")
        require_fraction(self, "label_noise")
        require_flag(self, "matched")
        for name in ("batch_size", "epochs", "base_width", "wide_epochs", "n_directions", "n_lanczos"):
            require_count(self, name)
        for name in ("n_probes", "n_planes"):
            require_count(self, name)
        require_count(self, "n_line", least=2)
        require_count(self, "n_surface", least=3)
        for name in ("n_train", "n_test", "n_measured"):
            if getattr(self, name) is not None:
                require_count(self, name)
        if self.stop_at_loss is not None:
            require_positive(self, "stop_at_loss")

    def _check_lists(self) -> None:
        if not self.seeds:
            reject(self, "seeds", "give at least one")
        if not all(0 <= seed < between_members for seed in self.seeds):
            reject(self, "seeds", f"give seeds from 0 to below {between_members}")
        if shared := {seed + between_members for seed in self.seeds} & set(self.sweep_seeds):
            reject(self, "sweep_seeds", f"{min(shared)} draws a second network of seeds; give others")
        counts = ("mlp_widths", "small_cnn_widths", "vgg16_widths", "resnet20_widths", "mup_widths", "depths")
        for name in (*counts, "label_noise_widths", "wide_factors"):
            if not all(isinstance(count, int) and count >= 1 for count in getattr(self, name)):
                reject(self, name, "give integers >= 1")
        for name in ("lrs", "weight_decays"):
            if not all(number > 0 for number in getattr(self, name)):
                reject(self, name, "give numbers > 0")

    def _check_arms(self) -> None:
        if not any(widths for _, widths in _widths(self)) and not self.wide_factors:
            reject(self, "mlp_widths", "give widths here, in another ..._widths, or in wide_factors")
        if self.mup_widths and self.optimizer != "sgd":
            reject(
                self, "mup_widths", f"leave it empty with optimizer={self.optimizer!r}; muP here is for sgd"
            )
        if (self.depths or self.lrs or self.weight_decays) and self.base_width not in self.mlp_widths:
            reject(
                self,
                "base_width",
                f"depth, lr and weight decay vary at this width; take one of mlp_widths={self.mlp_widths}",
            )
        if self.label_noise_widths and not self.label_noise:
            reject(self, "label_noise", "give a share above 0, or no label_noise_widths")


def _widths(config: Config) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return (
        ("mlp", config.mlp_widths),
        ("small_cnn", config.small_cnn_widths),
        ("vgg16", config.vgg16_widths),
        ("resnet20", config.resnet20_widths),
    )


kinds: Mapping[str, Callable[[int], Any]] = {
    "mlp": lambda width: MLP(width=width, depth=1),
    "small_cnn": lambda width: SmallCNN(width=width),
    "vgg16": lambda width: VGG(depth=16, width=width),
    "resnet20": lambda width: ResNet(depth=20, width=width),
}


def _swept(config: Config) -> dict[str, Any]:
    """Return the network of every arm of the sweep."""
    return {
        f"network={network} width={width}": kinds[network](width)
        for network, widths in _widths(config)
        for width in widths
    }


ci = Config()
small = Config(
    data="fashionmnist",
    n_train=None,
    n_test=None,
    mlp_widths=(8, 16, 32, 64, 128, 256, 512, 1024),
    small_cnn_widths=(8, 16, 32, 64),
    optimizer="adam",
    batch_size=128,
    lr=1e-3,
    epochs=15,
    base_width=128,
    mup_widths=(),
    depths=(2, 4),
    lrs=(3e-4, 3e-3),
    weight_decays=(1e-4, 1e-3),
    label_noise_widths=(),
    n_measured=10_000,
    n_line=31,
    n_directions=40,
    n_probes=50,
    n_planes=2,
    sweep_trials=8,
    n_val=5_000,
    lr_range=(1e-4, 1e-1),
)
full = Config(
    data="cifar10",
    n_train=None,
    n_test=None,
    mlp_widths=tuple(2**power for power in range(3, 16)),
    vgg16_widths=(8, 16, 32, 64, 128),
    resnet20_widths=(4, 8, 16, 32, 64),
    batch_size=64,
    lr=1e-3,
    epochs=3000,
    stop_at_loss=0.01,
    base_width=1024,
    mup_widths=(),
    depths=(2, 4, 8, 16),
    lrs=(1e-2, 1e-1),
    weight_decays=(1e-4, 1e-3),
    label_noise_widths=(8, 16, 32, 64, 128, 256, 512, 1024),
    wide_factors=(1, 2, 4, 8),
    n_measured=10_000,
    n_line=31,
    n_directions=100,
    n_lanczos=80,
    n_probes=200,
    n_planes=2,
    n_surface=51,
    sweep_trials=4,
    n_val=5_000,
    lr_range=(1e-3, 1.0),
)


def cells(config: Config) -> Iterator[Cell]:
    """Yield the cells of all arms; seed s draws every stream of the first networks, s + 10,000 of the second ones."""
    for seed in config.seeds:
        yield from _paired(config, seed)
        yield from _one_factor(config, seed)
        yield from _label_noise(config, seed)
        yield from _wide(config, seed)
        yield from _tuned(config, seed)


def _paired(config: Config, seed: int) -> Iterator[Cell]:
    for model in _paired_models(config):
        yield from _pair(config, seed, model, _training(config))


def _pair(config: Config, seed: int, model: Any, training: Any) -> Iterator[Cell]:
    first, second = (_cell(config, seed, model, training, member=m) for m in ("first", "second"))
    yield from (first, second)
    if config.matched:
        yield Cell(
            data=second.data,
            model=model,
            init_seed=second.init_seed,
            order_seed=second.order_seed,
            augment_seed=second.augment_seed,
            start=Derived(parents=(first, second), rule=MatchWeights()),
        )


def _paired_models(config: Config) -> Iterator[Any]:
    yield from _swept(config).values()
    for width in config.mup_widths:
        yield MLP(width=width, depth=1, parametrization="mup", base_width=config.base_width)
    for depth in config.depths:
        yield MLP(width=config.base_width, depth=depth)


def _tuned(config: Config, seed: int) -> Iterator[Cell]:
    for arm, model in _swept(config).items():
        if won := winner(config, arm):
            yield from _pair(config, seed, model, _training(config, lr=won["lr"]))


def _one_factor(config: Config, seed: int) -> Iterator[Cell]:
    model = MLP(width=config.base_width, depth=1)
    for lr in config.lrs:
        yield _cell(config, seed, model, _training(config, lr=lr))
    for decay in config.weight_decays:
        yield _cell(config, seed, model, _training(config, weight_decay=decay))


def _label_noise(config: Config, seed: int) -> Iterator[Cell]:
    for width in config.label_noise_widths:
        model = MLP(width=width, depth=1)
        # wrong labels may never be fitted to `stop_at_loss`, and double descent is one at the end of training
        training = dataclasses.replace(_training(config), stop_at_loss=None)
        yield _cell(config, seed, model, training, label_noise=config.label_noise)


def _wide(config: Config, seed: int) -> Iterator[Cell]:
    for skip in (True, False):
        # without shortcuts Li et al. train networks of this depth with a tenth of the learning rate
        training = SGD(batch_size=wide_batch_size, lr=0.1 if skip else 0.01, momentum=0.9, nesterov=True,
                       weight_decay=5e-4, epochs=config.wide_epochs, schedule="step",
                       milestones=wide_milestones, augment="crop_flip")  # fmt: skip
        for factor in config.wide_factors:
            model = ResNet(depth=wide_depth, width=wide_unit * factor, skip=skip)
            yield _cell(config, seed, model, training)


def _cell(
    config: Config,
    seed: int,
    model: Any,
    training: Any,
    *,
    member: Literal["first", "second"] = "first",
    label_noise: float = 0.0,
) -> Cell:
    data = named(
        config.data,
        n_train=config.n_train,
        n_test=config.n_test,
        label_noise=label_noise,
        split_seed=seed,
    )
    own = seed if member == "first" else seed + between_members
    return Cell(data=data, model=model, training=training, init_seed=own, order_seed=own, augment_seed=own)


def _training(config: Config, *, lr: float | None = None, weight_decay: float = 0.0) -> SGD | Adam:
    kind = SGD if config.optimizer == "sgd" else Adam
    return kind(
        batch_size=config.batch_size,
        lr=config.lr if lr is None else lr,
        weight_decay=weight_decay,
        epochs=config.epochs,
        stop_at_loss=config.stop_at_loss,
    )


def split_seed(cell: Cell) -> int:
    """Return the replicate of a cell: the seed of its split, which both networks of a pair share."""
    seed: int = cell.data.split_seed
    return seed


def label(config: Config, cell: Cell) -> dict[str, Any]:
    """Return the columns `arm`, `network`, `member` and, where a cell differs in it alone, the factor that varies.

    Where the learning rate was swept there is also `tuned`.
    """
    arm, network, training = _arm(config, cell), _network(cell.model), _trained(cell).training
    columns = {"arm": arm, "network": network, "member": _member(cell)}
    won = winner(config, f"network={network} width={cell.model.width}")
    if won and arm in ("width", "lr", "tuned"):
        columns["tuned"] = training.lr == won["lr"]
    if arm in ("width", "mup", "label_noise", "wide", "tuned") or columns.get("tuned"):
        columns["width"] = cell.model.width
    if network == "mlp" and cell.model.width == config.base_width:
        varied = {"depth": cell.model.depth, "lr": training.lr, "weight_decay": training.weight_decay}
        columns |= {name: level for name, level in varied.items() if arm in ("width", name)}
    return columns


def _member(cell: Cell) -> Member:
    if cell.training is None:
        return "matched"
    return "first" if cell.init_seed == cell.data.split_seed else "second"


def _trained(cell: Cell) -> Cell:
    """Return the cell itself, or the one that it is a permuted copy of."""
    return cell.start.parents[1] if isinstance(cell.start, Derived) else cell


def _network(model: Any) -> str:
    if isinstance(model, MLP | SmallCNN):
        return "mlp" if isinstance(model, MLP) else "small_cnn"
    return f"{type(model).__name__.lower()}{model.depth}"


def _arm(config: Config, cell: Cell) -> str:
    training = _trained(cell).training
    if cell.data.label_noise:
        return "label_noise"
    if training.augment != "none":
        return "wide"
    if isinstance(cell.model, MLP) and cell.model.parametrization == "mup":
        return "mup"
    if isinstance(cell.model, MLP) and cell.model.depth != 1:
        return "depth"
    if training.weight_decay:
        return "weight_decay"
    if training.lr == config.lr:
        return "width"
    is_base = isinstance(cell.model, MLP) and cell.model.width == config.base_width
    return "lr" if is_base and training.lr in config.lrs else "tuned"


def measures(config: Config) -> tuple[Measure, ...]:
    """Return the suite's measures: barriers between pairs, widths and curvature around the first network of a pair."""
    n = config.n_measured

    def first_of(*arms: str) -> Callable[[Cell], bool]:
        return lambda cell: _member(cell) == "first" and _arm(config, cell) in arms

    over_width = first_of("width", "mup")
    around = first_of("width", "mup", "lr", "weight_decay")
    return (
        performance(),
        barrier(n_points=config.n_line, n_examples=n).on(pairs),
        barrier(n_points=config.n_line, n_examples=n, batch_norm="interpolated").on(
            lambda cells: (pair for pair in pairs(cells) if _has_batch_norm(pair[0]))
        ),
        radial_width(n_directions=config.n_directions, n_examples=n).where(around),
        hessian_extremes(n_steps=config.n_lanczos, n_examples=n).where(over_width),
        hessian_trace(n_probes=config.n_probes, n_examples=n).where(over_width),
        weight_norm().where(around),
        distance_from_init().where(around),
        loss_surface(n_planes=config.n_planes, n_points=config.n_surface, n_examples=n).where(
            first_of("width", "wide")
        ),
    )


def pairs(cells: Sequence[Cell]) -> Iterable[tuple[Cell, Cell]]:
    """Pair every second network, and every permuted copy of one, with the first network; the first comes last.

    A row of the table has the columns of the first cell of its tuple, and a barrier is the same from both ends.
    """
    firsts = {(cell.data, cell.model, cell.training): cell for cell in cells if _member(cell) == "first"}
    for cell in cells:
        if _member(cell) != "first":
            yield cell, firsts[cell.data, cell.model, _trained(cell).training]


def _has_batch_norm(cell: Cell) -> bool:
    return getattr(cell.model, "norm", "none") == "batch"


def _trial(config: Config, arm: str, point: Mapping[str, float], seed: int) -> Cell:
    cell = _cell(config, seed, _swept(config)[arm], _training(config, lr=point["lr"]))
    return with_validation(cell, config.n_val)


def _space(config: Config) -> dict[str, Range]:
    low, high = config.lr_range
    return {"lr": Range(low=min(low, config.lr), high=max(high, config.lr), log=True)}


sweep = Sweep(
    arms=lambda config: tuple(_swept(config)),
    space=_space,
    default=lambda config, arm: {"lr": config.lr},
    cell=_trial,
    sharpness=sam_sharpness(method="one_step", n_examples=500),
)
suite = Suite(
    name="width",
    title="Width",
    question="Do wider networks have smoother landscapes, and are their solutions connected, as trained or once their "
    "hidden units are permuted to match?",
    sources=(
        "Li et al. 2018, Visualizing the loss landscape of neural nets (wide and thin models)",
        "Entezari et al. 2022, The role of permutation invariance in linear mode connectivity of neural networks",
        "Ainsworth et al. 2022, Git Re-Basin: merging models modulo permutation symmetries (weight matching)",
        "Fort and Jastrzebski 2019, Large scale structure of neural network loss landscapes",
        "Nakkiran et al. 2020, Deep double descent",
        "Yang and Hu 2021, Feature learning in infinite-width neural networks (maximal-update parametrization)",
    ),
    profiles={"ci": ci, "small": small, "full": full},
    cells=cells,
    measures=measures,
    label=label,
    seed=split_seed,
    seconds_per_cell={"ci": 0.3},
    sweep=sweep,
)
