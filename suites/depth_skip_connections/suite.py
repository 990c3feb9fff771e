"""Do deep networks have chaotic loss surfaces, do skip connections keep them smooth, and what do pictures of them tell?

The cells come in arms (factor `arm`):
    depth: networks of several depths with and without skip connections; the protocol of Li et al. 2018 in `full`.
    densenet: DenseNet-121 under the same protocol, of which Li et al. show the smoothest surface.
    line: networks trained at a constant learning rate, some so that the weights move far (large learning rate, Adam,
        batch norm), whose initial-to-final lines the papers on linear interpolation are about.
    tuned: the networks of the arm depth, each at the learning rate and momentum that suit it best.

The sweep tunes learning rate and momentum for every depth with and without skip connections by itself. The arms
densenet and line are not swept: the one is the paper's protocol, and in the other the learning rate is what moves the
weights far, or not. A cell at the winning point has `tuned` = true, also where that is the fixed one; the arm tuned
holds those that the arm depth lacks, and what its claims read is measured there, no more.
The sweep trains at most 48 networks in `ci`, 128 in `small` and 144 in `full`.

In all arms the number of epochs is fixed, as in the papers. Deep networks without skip connections then end at a higher
training loss than the others, so that part of every contrast in curvature is under-training: the loss at the centre
stands beside every surface.

The profile ci holds only networks whose training does not amplify rounding: from weights one rounding apart they end
less than 1e-8 apart (`lossbench check --twins`), which lets a regression check ask for the same numbers on every
processor. Of plain networks that bounds depth, learning rate and steps together. Tried in float64, with the largest
distance over the seeds in brackets (three to ten seeds, 1,200 steps, 800 where said so):
    plain networks of depth 16 at .05 (.3), .005 (2.5e-4; 800 steps 5e-13); of depth 14, 800 steps, at .01 (.02), .0075
    (8e-9), .006 (4e-14), .005 (1e-15); of depth 12 at .02 (.04), .015 (.01), .01 with momentum .5 (.02) or .3 (6e-8),
    .01 (3e-11), .005 (1e-14); those of depth 4, and all with skips: 7e-16.
    wide with Adam at .1, .03, .01 (.3, .7, 1e-6), .003 (9e-15); with batch norm at 2 (.01), 1 (3e-13), .3 (6e-16); by
    SGD at 1 (.5), .5 (1e-14). deep at .1, .05 (.1, 1e-7), .02 (9e-16), with Adam at .01 (.6), .003 (9e-13). narrow at
    .1 (3e-11), .05 (1e-15).
The line's settings were taken by that alone. Of the arm depth, 12 at .01 was taken first; there the surface curves down
in 9 points of a hundred more than at depth 4, below what S2.C2 asks for, so that 14 at .006 took its place: like all of
ci it shows the effect because it was chosen to. Networks whose weights move very far, of which the claims on lines
speak too, are those of `small` and `full`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from benchmark.cells.cell import Cell
from benchmark.cells.checks import (
    reject,
    require_choice,
    require_count,
    require_flag,
    require_fraction,
    require_non_negative,
    require_positive,
)
from benchmark.cells.data.catalog import named
from benchmark.cells.models.densenet import DenseNet
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.sgd import SGD
from benchmark.measures.distance_from_init import distance_from_init
from benchmark.measures.eigenvalue_ratio_map import eigenvalue_ratio_map
from benchmark.measures.initial_final_line import initial_final_line
from benchmark.measures.loss_surface import loss_surface
from benchmark.measures.measure import Measure
from benchmark.measures.performance import performance
from benchmark.measures.random_lines import random_lines
from benchmark.measures.sam_sharpness import sam_sharpness
from benchmark.measures.spectral_density import spectral_density
from benchmark.measures.trajectory_pca import trajectory_pca
from benchmark.measures.weight_norm import weight_norm
from benchmark.suite.suite import Range, Suite, Sweep
from benchmark.suite.winners import check_sweep, winner, with_validation

li_milestones = (0.5, 0.75, 11 / 12)  # of 300 epochs: 150, 225, 275
known_n_train = {"cifar10": 50_000, "cifar100": 50_000, "fashionmnist": 60_000, "mnist": 60_000}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A network of the arm line and how it is trained.

    Attributes:
        model: its spec.
        lr: learning rate, constant.
        adam: whether by Adam in place of plain SGD.
    """

    model: Any
    lr: float
    adam: bool = False


wide, deep, resnet20 = MLP(width=128, depth=2), MLP(width=32, depth=8), ResNet(depth=20)
settings: Mapping[str, Setting] = {
    "wide": Setting(model=wide, lr=0.02),
    "narrow": Setting(model=MLP(width=16, depth=4), lr=0.05),
    "deep": Setting(model=deep, lr=0.02),
    "wide_large_lr": Setting(model=wide, lr=0.5),
    "wide_adam": Setting(model=wide, lr=0.003, adam=True),
    "wide_batch_norm": Setting(model=MLP(width=128, depth=2, norm="batch"), lr=1.0),
    "deep_adam": Setting(model=deep, lr=0.003, adam=True),
    "cnn": Setting(model=SmallCNN(), lr=0.05),
    "cnn_large_lr": Setting(model=SmallCNN(), lr=0.2),
    "cnn_adam": Setting(model=SmallCNN(), lr=0.003, adam=True),
    "cnn_batch_norm": Setting(model=SmallCNN(norm="batch"), lr=0.5),
    "resnet20_small_lr": Setting(model=resnet20, lr=0.01),
    "resnet20_large_lr": Setting(model=resnet20, lr=1.0),
    "resnet20_adam": Setting(model=resnet20, lr=0.003, adam=True),
}
SettingName = Literal[
    "wide", "narrow", "deep", "wide_large_lr", "wide_adam", "wide_batch_norm", "deep_adam",
    "cnn", "cnn_large_lr", "cnn_adam", "cnn_batch_norm",
    "resnet20_small_lr", "resnet20_large_lr", "resnet20_adam",
]  # fmt: skip
baselines = ("wide", "narrow", "deep", "cnn", "resnet20_small_lr")  # plain SGD at a moderate learning rate
NetworkName = Literal["mlp", "resnet"]
kinds: Mapping[str, Any] = {"mlp": MLP, "resnet": ResNet}


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every knob of the suite.

    Attributes:
        data: "digits", a torchvision set ("cifar10", "fashionmnist", ...), or pictures added under a name.
        n_train, n_test: examples drawn; None for all.
        seeds: each draws subset, initialization, order and augmentation together.
        network: the kind of network in the arm depth.
        width: its units per hidden layer (mlp), or channels of its first stage (resnet).
        depths: its depths; the smallest and the largest are what claims compare.
        densenet: whether to add DenseNet-121, the arm densenet.
        batch_size: in all arms.
        epochs, lr, momentum, weight_decay, milestones, augment: training of the arms depth and densenet; momentum is
            Nesterov's, and at each milestone (a fraction of the epochs) the learning rate falls to a tenth.
        lr_deep_plain: learning rate of networks without skip connections, the shallowest aside; None: as the others.
        settings: networks of the arm line; empty leaves it out.
        settings_epochs: its epochs.
        n_measured: training examples on which surfaces and lines are evaluated; None for all.
        half_width, n_surface, n_planes, level: half width, points per side and number of the random planes, and the
            loss (nats) whose contour is measured.
        n_directions, n_profile: random lines per network and points on each.
        ratio_half_width: distance from the centre at which the eigenvalue ratio is taken.
        n_map: points per side of the ratio map of a pictured network.
        n_ratio_examples: training examples for Hessians; None for all.
        n_lanczos: largest number of Lanczos steps for a ratio.
        n_line: points on an initial-to-final line.
        path_epochs: epochs between two checkpoints of a trajectory.
        n_null: shuffled trajectories to which its variance is compared.
        n_pictured: seeds, from the first, whose networks also get what is for the eye alone: finer surfaces in the
            random plane (with the test loss), in that of the trajectory and in that of the top eigenvectors, a map of
            ratios, and the spectral density.
        n_picture: points per side of these surfaces.
        n_density_steps, n_density_probes: of the spectral density.
        sweep_trials, sweep_seeds, n_val, tuned: of learning rate and momentum, see `benchmark.suite.winners`.
        lr_reach: smallest and largest learning rate of the sweep, as multiples of lr. In ci none above lr is
            searched, since deep plain networks amplify rounding there: its tuned arms are mostly the fixed ones.
        max_momentum: largest momentum of the sweep.
    """

    data: str = "digits"
    n_train: int | None = 500
    n_test: int | None = 797
    seeds: tuple[int, ...] = tuple(range(10))
    network: NetworkName = "mlp"
    width: int = 32
    depths: tuple[int, ...] = (4, 14)
    densenet: bool = False
    batch_size: int = 25
    epochs: int = 40
    lr: float = 0.006
    lr_deep_plain: float | None = None
    momentum: float = 0.0
    weight_decay: float = 0.0
    milestones: tuple[float, ...] = ()
    augment: Literal["none", "crop_flip"] = "none"
    settings: tuple[SettingName, ...] = (
        "wide", "narrow", "deep", "wide_large_lr", "wide_adam", "wide_batch_norm", "deep_adam",
    )  # fmt: skip
    settings_epochs: int = 30
    n_measured: int | None = None
    half_width: float = 1.0
    n_surface: int = 9
    n_planes: int = 1
    level: float = 0.5
    n_directions: int = 5
    n_profile: int = 11
    ratio_half_width: float = 0.2
    n_map: int = 3
    n_ratio_examples: int | None = 200
    n_lanczos: int = 20
    n_line: int = 21
    path_epochs: int = 2
    n_null: int = 20
    n_pictured: int = 1
    n_picture: int = 15
    n_density_steps: int = 40
    n_density_probes: int = 2
    sweep_trials: int = 3
    sweep_seeds: tuple[int, ...] = (1_000_000, 1_000_001, 1_000_002, 1_000_003)
    n_val: int = 500
    tuned: tuple[tuple[str, str, float], ...] = ()
    lr_reach: tuple[float, float] = (0.25, 1.0)
    max_momentum: float = 0.1

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_training()
        self._check_networks()
        check_sweep(self, arms=_swept(self), hyperparameters=("lr", "momentum"))
        self._check_settings()

    def _check_numbers(self) -> None:
        for name in ("width", "batch_size", "epochs", "settings_epochs", "n_planes", "n_directions",
                     "n_lanczos", "path_epochs", "n_null", "n_density_steps", "n_density_probes"):  # fmt: skip
            require_count(self, name)
        for name in ("n_surface", "n_profile", "n_map", "n_picture"):
            require_count(self, name, least=3)
            if getattr(self, name) % 2 == 0:
                reject(self, name, "give an odd number, so that the network itself is a point")
        require_count(self, "n_line", least=3)
        require_count(self, "n_pictured", least=0)
        for name in ("half_width", "level", "ratio_half_width", "lr"):
            require_positive(self, name)
        for name in ("n_train", "n_test", "n_measured", "n_ratio_examples"):
            if getattr(self, name) is not None:
                require_count(self, name)
        if self.n_train is None and self.data not in known_n_train:
            reject(self, "n_train", f"the steps of an epoch follow from it; give it for data={self.data!r}")

    def _check_training(self) -> None:
        require_fraction(self, "momentum")
        require_fraction(self, "max_momentum")
        if not 0 < self.lr_reach[0] <= 1 <= self.lr_reach[1]:
            reject(
                self,
                "lr_reach",
                "give a factor from above 0 to 1, and one from 1 up: lr itself is tried first",
            )
        require_non_negative(self, "weight_decay")
        require_choice(self, "augment", ("none", "crop_flip"))
        if self.lr_deep_plain is not None:
            require_positive(self, "lr_deep_plain")
        if self.batch_size > _n_train(self):
            reject(self, "batch_size", f"give at most n_train={_n_train(self)}")
        if self.path_epochs * 2 > self.epochs:
            reject(self, "path_epochs", f"a trajectory needs 3 points; give at most {self.epochs // 2}")

    def _check_networks(self) -> None:
        require_choice(self, "network", tuple(kinds))
        require_flag(self, "densenet")
        if not self.seeds:
            reject(self, "seeds", "give at least one")
        if len(set(self.depths)) < 2:
            reject(self, "depths", "give two at least, which is what the claims compare")
        for depth in self.depths:
            try:
                _network(self, depth, skip=True)
            except ValueError as problem:
                reject(self, "depths", f"{depth} does not fit network={self.network!r} ({problem})")

    def _check_settings(self) -> None:
        deep = [
            (_network(self, depth, skip=skip), training)
            for arm, (depth, skip) in _swept(self).items()
            for training in (_training(self, _fixed(self, arm)), _tuned(self, arm))
        ]
        for name in self.settings:
            if name not in settings:
                reject(self, "settings", f"{name!r} is no setting; choose from {', '.join(settings)}")
            if (settings[name].model, _settings_training(self, settings[name])) in deep:
                reject(
                    self,
                    "settings",
                    f"{name!r} is a network of the arm depth; leave it out, or change depths",
                )


def _n_train(config: Config) -> int:
    return config.n_train if config.n_train is not None else known_n_train[config.data]


def _network(config: Config, depth: int, *, skip: bool) -> Any:
    return kinds[config.network](depth=depth, width=config.width, skip=skip)


def _lr(config: Config, depth: int, *, skip: bool) -> float:
    if config.lr_deep_plain is None or skip or depth == min(config.depths):
        return config.lr
    return config.lr_deep_plain


def _swept(config: Config) -> dict[str, tuple[int, bool]]:
    """Return depth and whether there are skip connections, for every arm of the sweep."""
    return {
        f"depth={depth} skips={_skips(skip)}": (depth, skip)
        for depth in config.depths
        for skip in (False, True)
    }


def _skips(skip: bool) -> str:
    return "with" if skip else "without"


def _fixed(config: Config, arm: str) -> dict[str, float]:
    depth, skip = _swept(config)[arm]
    return {"lr": _lr(config, depth, skip=skip), "momentum": config.momentum}


def _training(config: Config, point: Mapping[str, float]) -> SGD:
    return SGD(
        batch_size=config.batch_size,
        lr=point["lr"],
        momentum=point["momentum"],
        nesterov=point["momentum"] > 0,
        weight_decay=config.weight_decay,
        epochs=config.epochs,
        schedule="step" if config.milestones else "constant",
        milestones=config.milestones,
        augment=config.augment,
    )


def _tuned(config: Config, arm: str) -> SGD | None:
    won = winner(config, arm)
    return _training(config, {**_fixed(config, arm), **won}) if won else None


def _settings_training(config: Config, setting: Setting) -> SGD | Adam:
    kind = Adam if setting.adam else SGD
    return kind(batch_size=config.batch_size, lr=setting.lr, epochs=config.settings_epochs)


ci = Config()
small = Config(
    n_test=None,
    data="fashionmnist",
    n_train=10_000,
    network="resnet",
    width=8,
    depths=(8, 20),
    batch_size=128,
    epochs=12,
    lr=0.1,
    lr_deep_plain=0.02,
    settings=("cnn", "cnn_large_lr", "cnn_adam", "cnn_batch_norm"),
    settings_epochs=12,
    n_measured=1_000,
    level=0.1,
    n_surface=15,
    n_planes=3,
    n_picture=25,
    n_map=5,
    n_directions=5,
    n_ratio_examples=500,
    n_density_steps=60,
    n_line=25,
    path_epochs=1,
    sweep_trials=8,
    n_val=5_000,
    lr_reach=(0.05, 5.0),
    max_momentum=0.95,
    n_profile=21,
    n_lanczos=30,
)
full = Config(
    n_test=None,
    data="cifar10",
    n_train=None,
    network="resnet",
    width=16,
    depths=(20, 56, 110),
    densenet=True,
    batch_size=128,
    epochs=300,
    lr=0.1,
    lr_deep_plain=0.01,
    momentum=0.9,
    weight_decay=5e-4,
    milestones=li_milestones,
    augment="crop_flip",
    settings=("cnn", "cnn_large_lr", "cnn_adam", "cnn_batch_norm",
              "resnet20_small_lr", "resnet20_large_lr", "resnet20_adam"),
    settings_epochs=100,
    n_measured=10_000,
    level=0.1,
    n_surface=51,
    n_planes=3,
    n_directions=10,
    n_profile=51,
    n_map=21,
    n_picture=51,
    n_ratio_examples=5_000,
    n_lanczos=80,
    n_line=51,
    path_epochs=10,
    n_density_steps=80,
    n_density_probes=10,
    sweep_trials=6,
    n_val=5_000,
    lr_reach=(0.05, 5.0),
    max_momentum=0.95,
)  # fmt: skip


def cells(config: Config) -> Iterator[Cell]:
    """Yield the cells of all arms; seed s draws every stream of a cell."""
    for seed in config.seeds:
        for arm in _swept(config):
            yield _deep_cell(config, seed, arm, _training(config, _fixed(config, arm)))
        if config.densenet:
            training = _training(config, {"lr": config.lr, "momentum": config.momentum})
            yield _cell(config, seed, DenseNet(), training)
        for name in config.settings:
            yield _cell(config, seed, settings[name].model, _settings_training(config, settings[name]))
        for arm in _swept(config):
            if (tuned := _tuned(config, arm)) is not None:
                yield _deep_cell(config, seed, arm, tuned)


def _deep_cell(config: Config, seed: int, arm: str, training: SGD) -> Cell:
    depth, skip = _swept(config)[arm]
    return _cell(config, seed, _network(config, depth, skip=skip), training)


def _cell(config: Config, seed: int, model: Any, training: Any) -> Cell:
    data = named(config.data, n_train=config.n_train, n_test=config.n_test, split_seed=seed)
    return Cell(data=data, model=model, training=training, init_seed=seed, order_seed=seed, augment_seed=seed)


def label(config: Config, cell: Cell) -> dict[str, Any]:
    """Return `arm` with what tells its networks apart: `network`, `depth`, `skips`, `tuned`; or `setting`."""
    if isinstance(cell.model, DenseNet):
        return {"arm": "densenet", "network": "densenet"}
    for name in config.settings:
        if (cell.model, cell.training) == (settings[name].model, _settings_training(config, settings[name])):
            return {"arm": "line", "setting": name}
    skips = _skips(cell.model.skip)
    swept = f"depth={cell.model.depth} skips={skips}"
    is_fixed, tuned = cell.training == _training(config, _fixed(config, swept)), _tuned(config, swept)
    columns = {"arm": "depth" if is_fixed else "tuned", "network": config.network}
    columns |= {"depth": cell.model.depth, "skips": skips}
    return columns if tuned is None else {**columns, "tuned": cell.training == tuned}


def measures(config: Config) -> tuple[Measure, ...]:
    """Return the suite's measures: surfaces, ratios and trajectories of the deep networks, lines of all."""
    n = config.n_measured
    ratio = {"n_steps": config.n_lanczos, "n_examples": config.n_ratio_examples}
    line = {"n_points": config.n_line, "n_examples": n}
    surface = {"half_width": config.half_width, "level": config.level, "n_examples": n}
    picture = {**surface, "n_points": config.n_picture}
    path = {"every_steps": _path_steps(config)}
    is_deep, is_pictured = _in_arms(config, "depth", "densenet"), _is_pictured(config)
    is_fixed, has_surface = (
        _in_arms(config, "depth", "densenet", "line"),
        _in_arms(config, "depth", "densenet", "tuned"),
    )
    return (
        performance(),
        weight_norm().where(is_fixed),
        distance_from_init().where(is_fixed),
        initial_final_line(**line).where(is_fixed),
        initial_final_line(start="unrelated", **line).where(_is_baseline(config)),
        initial_final_line(batch_norm="interpolated", **line).where(
            lambda cell: _has_batch_norm(cell) and is_fixed(cell)
        ),
        loss_surface(n_planes=config.n_planes, n_points=config.n_surface, **surface).where(has_surface),
        random_lines(
            n_directions=config.n_directions,
            half_width=config.half_width,
            n_points=config.n_profile,
            with_test=False,
            n_examples=n,
        ).where(is_deep),
        eigenvalue_ratio_map(half_width=config.ratio_half_width, **ratio).where(has_surface),
        trajectory_pca(n_null=config.n_null, **path).where(is_deep).at(_path(config)),
        loss_surface(with_test=True, **picture).where(is_pictured),
        loss_surface(plane="trajectory", **path, **picture).where(is_pictured).at(_path(config)),
        loss_surface(plane="eigenvectors", **picture).where(is_pictured),
        eigenvalue_ratio_map(
            points="grid", half_width=config.half_width, n_points=config.n_map, **ratio
        ).where(is_pictured),
        spectral_density(
            n_steps=config.n_density_steps,
            n_probes=config.n_density_probes,
            n_examples=config.n_ratio_examples,
        ).where(is_pictured),
    )


def _in_arms(config: Config, *arms: str) -> Callable[[Cell], bool]:
    return lambda cell: label(config, cell)["arm"] in arms


def _is_baseline(config: Config) -> Callable[[Cell], bool]:
    return lambda cell: label(config, cell).get("setting") in baselines


def _has_batch_norm(cell: Cell) -> bool:
    return getattr(cell.model, "norm", "batch") == "batch"  # a network without the choice has it


def _is_pictured(config: Config) -> Callable[[Cell], bool]:
    seeds, is_deep = config.seeds[: config.n_pictured], _in_arms(config, "depth", "densenet")
    return lambda cell: cell.init_seed in seeds and is_deep(cell)


def _path_steps(config: Config) -> int:
    return config.path_epochs * -(-_n_train(config) // config.batch_size)


def _path(config: Config) -> Callable[[Cell], range]:
    """Return the steps on the way; the first and the last weights are kept anyway."""
    every = _path_steps(config)
    n_steps = config.epochs * every // config.path_epochs
    return lambda cell: range(every, n_steps, every)


def _trial(config: Config, arm: str, point: Mapping[str, float], seed: int) -> Cell:
    return with_validation(_deep_cell(config, seed, arm, _training(config, point)), config.n_val)


sweep = Sweep(
    arms=lambda config: tuple(_swept(config)),
    space=lambda config: {
        "lr": Range(low=config.lr * config.lr_reach[0], high=config.lr * config.lr_reach[1], log=True),
        "momentum": Range(low=0.0, high=config.max_momentum),
    },
    default=_fixed,
    cell=_trial,
    sharpness=sam_sharpness(method="one_step", n_examples=500),
)
suite = Suite(
    name="depth_skip_connections",
    title="Depth and skip connections",
    question="Do loss surfaces turn chaotic with depth, do skip connections prevent it, and what do lines and planes "
    "through the weights say about training?",
    sources=(
        "Li et al. 2018, Visualizing the loss landscape of neural nets, sections 5 to 7",
        "Goodfellow et al. 2015, Qualitatively characterizing neural network optimization problems",
        "Lucas et al. 2021, On monotonic linear interpolation of neural network parameters",
        "Vlaar and Frankle 2022, What can linear interpolation of neural network loss landscapes tell us?",
    ),
    profiles={"ci": ci, "small": small, "full": full},
    cells=cells,
    measures=measures,
    label=label,
    seconds_per_cell={"ci": 1.1},
    sweep=sweep,
)
