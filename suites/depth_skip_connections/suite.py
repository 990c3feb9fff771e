"""Do deep networks have chaotic loss surfaces, do skip connections keep them smooth, and what do pictures tell?"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le

from benchmark.cells.cell import Cell
from benchmark.cells.checks import reject
from benchmark.cells.models.densenet import DenseNet
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.models.signal_cnn import SignalCNN
from benchmark.cells.models.signal_resnet import SignalResNet
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
from benchmark.suite.arms import Arm, Point, Swept, point
from benchmark.suite.cell_layout import Layout, has_batch_norm, n_train
from benchmark.suite.from_arms import check, suite_of
from benchmark.suite.knobs import Count, Counts, NonNegative, OddCount, Positive, Share, SweptKnobs, knobs
from benchmark.suite.suite import Range

wide, deep, resnet20 = MLP(width=128, depth=2), MLP(width=32, depth=8), ResNet(depth=20)
mlp_100 = MLP(width=100, depth=2)
settings: Mapping[str, tuple[Any, Any, float]] = {  # networks of the arm line: model, optimizer, constant learning rate
    "wide": (wide, SGD, 0.02), "narrow": (MLP(width=16, depth=4), SGD, 0.05), "deep": (deep, SGD, 0.02),
    "wide_large_lr": (wide, SGD, 0.5), "wide_adam": (wide, Adam, 0.003),
    "wide_batch_norm": (MLP(width=128, depth=2, norm="batch"), SGD, 1.0), "deep_adam": (deep, Adam, 0.003),
    "cnn": (SmallCNN(), SGD, 0.05), "cnn_large_lr": (SmallCNN(), SGD, 0.2), "cnn_adam": (SmallCNN(), Adam, 0.003),
    "cnn_batch_norm": (SmallCNN(norm="batch"), SGD, 0.5), "resnet20_small_lr": (resnet20, SGD, 0.01),
    "resnet20_large_lr": (resnet20, SGD, 1.0), "resnet20_adam": (resnet20, Adam, 0.003),
    "mlp_100": (mlp_100, SGD, 0.05), "mlp_100_large_lr": (mlp_100, SGD, 0.5), "mlp_100_adam": (mlp_100, Adam, 0.003),
    "mlp_100_batch_norm": (MLP(width=100, depth=2, norm="batch"), SGD, 0.5),
    "signal_cnn": (SignalCNN(), SGD, 0.05), "signal_cnn_large_lr": (SignalCNN(), SGD, 0.5),
    "signal_cnn_adam": (SignalCNN(), Adam, 0.003),
}
SettingName = Literal[
    "wide", "narrow", "deep", "wide_large_lr", "wide_adam", "wide_batch_norm", "deep_adam", "cnn", "cnn_large_lr",
    "cnn_adam", "cnn_batch_norm", "resnet20_small_lr", "resnet20_large_lr", "resnet20_adam", "mlp_100",
    "mlp_100_large_lr", "mlp_100_adam", "mlp_100_batch_norm", "signal_cnn", "signal_cnn_large_lr", "signal_cnn_adam",
]
# plain SGD at a moderate learning rate
baselines = ("wide", "narrow", "deep", "cnn", "resnet20_small_lr", "mlp_100", "signal_cnn")
kinds: Mapping[str, Any] = {  # from depth, width and skip to a network
    "mlp": MLP, "resnet": ResNet, "signal_resnet_bn": SignalResNet,
    # without norm the sums would grow twofold with every block
    "signal_resnet": lambda skip, **shape: SignalResNet(skip=skip, norm="none", scaled_branches=skip, **shape),
}


@knobs
class Config(SweptKnobs):
    """The knobs of this suite."""

    # depths of each kind of network in the arm depth, the smallest and the largest of which are what claims compare;
    # empty leaves it out
    mlp_depths: Counts = (4, 14)
    resnet_depths: Counts = ()
    signal_resnet_depths: Counts = ()  # of ResNets for signals, without batch norm
    signal_resnet_bn_depths: Counts = ()  # the same with batch norm
    mlp_width: Count = 32  # units per hidden layer
    resnet_width: Count = 16  # channels of the first stage of any ResNet
    densenet: bool = False  # whether to add DenseNet-121, the arm densenet
    batch_size: Count = 25  # in all arms
    epochs: Count = 40  # of the arms depth and densenet
    resnet_epochs: Count | None = None  # of the ResNets in the arm depth; None: epochs
    lr: Positive = 0.006  # of the arms depth and densenet
    lr_deep_plain: Positive | None = None  # of networks without skip connections, the shallowest aside; None: lr
    momentum: Share = 0.0  # of the arms depth and densenet; Nesterov's
    weight_decay: NonNegative = 0.0  # of the arms depth and densenet
    milestones: tuple[Share, ...] = ()  # fractions of the epochs, at each of which the learning rate falls to a tenth
    augment: Literal["none", "crop_flip"] = "none"  # of the arms depth and densenet
    # networks of the arm line; empty leaves it out
    settings: tuple[SettingName, ...] = (
        "wide", "narrow", "deep", "wide_large_lr", "wide_adam", "wide_batch_norm", "deep_adam")
    settings_epochs: Count = 30  # of the arm line
    half_width: Positive = 1.0  # half width of the random planes and lines
    n_surface: OddCount = 9  # points per side of the random planes
    n_planes: Count = 1  # random planes per network
    level: Positive = 0.5  # the loss (nats) whose contour is measured
    n_directions: Count = 5  # random lines per network
    n_profile: OddCount = 11  # points on each random line
    ratio_half_width: Positive = 0.2  # distance from the centre at which the eigenvalue ratio is taken
    n_map: OddCount = 3  # points per side of the ratio map of a pictured network
    n_ratio_examples: Count | None = 200  # training examples for Hessians; None for all
    n_lanczos: Annotated[int, Ge(2)] = 20  # largest number of Lanczos steps for a ratio
    n_line: Annotated[int, Ge(3)] = 21  # points on an initial-to-final line
    path_epochs: Count = 2  # epochs between two checkpoints of a trajectory
    n_null: Count = 20  # shuffled trajectories to which its variance is compared
    # seeds, from the first, whose networks also get what is for the eye alone: finer surfaces in the random plane (with
    # the test loss), in that of the trajectory and in that of the top eigenvectors, a map of ratios, and the spectral
    # density
    n_pictured: Annotated[int, Ge(0)] = 1
    n_picture: OddCount = 15  # points per side of these surfaces
    n_density_steps: Count = 40  # Lanczos steps of the spectral density
    n_density_probes: Count = 2  # random probes of the spectral density
    # smallest and largest learning rate of the sweep, as multiples of lr, which itself is tried first. In ci none above
    # lr is searched, since deep plain networks amplify rounding there: its tuned arms are mostly the fixed ones
    lr_reach: tuple[Annotated[Positive, Le(1)], Annotated[float, Ge(1)]] = (0.25, 1.0)
    max_momentum: Share = 0.1  # largest momentum of the sweep

    def __post_init__(self) -> None:
        if not any(_depths(self, name) for name in kinds):
            reject(self, "mlp_depths", "give depths here, or in another ..._depths")
        for name in kinds:
            _check_depths(self, name)
        n_train(self)  # refuses data of unknown size, on which the steps of a trajectory depend
        n_epochs = min(self.epochs, self.resnet_epochs or self.epochs)
        if self.path_epochs * 2 > n_epochs:
            reject(self, "path_epochs", f"a trajectory needs 3 points; give at most {n_epochs // 2}")
        check(self, arms(self), swept)
        fixed = [(one.model, one.training) for one in _deep(self)]
        for name, one in ((name, _setting(self, name)) for name in self.settings):
            if (one.model, one.training) in fixed:
                reject(self, "settings", f"{name!r} is a network of the arm depth; leave it out, or change mlp_depths")


def space(c: Config) -> dict[str, Range]:
    """Return where learning rate and momentum are searched."""
    low, high = c.lr_reach
    return {"lr": Range(low=c.lr * low, high=c.lr * high, log=True), "momentum": Range(low=0.0, high=c.max_momentum)}


def at_point(training: SGD, **tuned: Any) -> SGD:
    """Return the training at a point of the sweep; where there is momentum, it is Nesterov's."""
    return dataclasses.replace(training, **tuned, nesterov=tuned.get("momentum", training.momentum) > 0)


swept = Swept(space=space, at=at_point, sharpness=sam_sharpness(method="one_step", n_examples=500))


def arms(c: Config) -> Iterator[Arm]:
    """Yield the arms."""
    yield Arm(name="depth", points=[*_deep(c)])
    yield Arm(name="densenet", points=[point(DenseNet(), _training(c, c.lr), network="densenet")] * c.densenet)
    yield Arm(name="line", points=[_setting(c, name) for name in c.settings])


def _deep(c: Config) -> Iterator[Point]:
    for name in kinds:
        for depth, skips in itertools.product(_depths(c, name), ("without", "with")):
            is_deep_plain = skips == "without" and depth != min(_depths(c, name))
            lr = c.lr_deep_plain if is_deep_plain and c.lr_deep_plain is not None else c.lr
            epochs = c.resnet_epochs if name != "mlp" else None
            yield point(_network(c, name, depth, skip=skips == "with"), _training(c, lr, epochs=epochs),
                        swept=f"network={name} depth={depth} skips={skips}", network=name, depth=depth, skips=skips)


def _depths(c: Config, name: str) -> Counts:
    depths: Counts = getattr(c, f"{name}_depths")
    return depths


def _network(c: Config, name: str, depth: int, *, skip: bool) -> Any:
    return kinds[name](depth=depth, width=c.mlp_width if name == "mlp" else c.resnet_width, skip=skip)


def _check_depths(c: Config, name: str) -> None:
    depths = _depths(c, name)
    if len(set(depths)) == 1:
        reject(c, f"{name}_depths", "give two at least, which is what the claims compare, or none")
    for depth in depths:
        try:
            _network(c, name, depth, skip=True)
        except ValueError as problem:
            reject(c, f"{name}_depths", f"{depth} does not fit ({problem})")


def _training(c: Config, lr: float, epochs: int | None = None) -> SGD:
    plain = SGD(batch_size=c.batch_size, lr=lr, weight_decay=c.weight_decay, epochs=epochs or c.epochs,
                milestones=c.milestones, schedule="step" if c.milestones else "constant", augment=c.augment)
    return at_point(plain, momentum=c.momentum)


def _setting(c: Config, name: str) -> Point:
    model, optimizer, lr = settings[name]
    return point(model, optimizer(batch_size=c.batch_size, lr=lr, epochs=c.settings_epochs), setting=name)


def measures(c: Config, at: Layout) -> Sequence[Measure]:
    """Return surfaces, ratios and trajectories of the deep networks, and lines of all."""
    some: Mapping[str, Any] = {"n_examples": c.n_measured}
    ratio: Mapping[str, Any] = {"n_steps": c.n_lanczos, "n_examples": c.n_ratio_examples}
    line: Mapping[str, Any] = {"n_points": c.n_line, **some}
    surface: Mapping[str, Any] = {"half_width": c.half_width, "level": c.level, **some}
    picture: Mapping[str, Any] = {**surface, "n_points": c.n_picture}
    is_deep = at.of(arm=("depth", "densenet"))
    is_pictured = at.of(arm=("depth", "densenet"), seed=c.seeds[: c.n_pictured])
    is_fixed, has_surface = at.but(arm="tuned"), at.but(arm="line")
    every = c.path_epochs * -(-n_train(c) // c.batch_size)

    def path(cell: Cell) -> range:  # the first and the last weights are kept anyway
        return range(every, cell.training.epochs * every // c.path_epochs, every)

    return (
        performance(),
        weight_norm().where(is_fixed),
        distance_from_init().where(is_fixed),
        initial_final_line(**line).where(is_fixed),
        initial_final_line(start="unrelated", **line).where(at.of(setting=baselines)),
        initial_final_line(batch_norm="interpolated", **line).where(
            lambda cell: has_batch_norm(cell.model) and is_fixed(cell)),
        loss_surface(n_planes=c.n_planes, n_points=c.n_surface, **surface).where(has_surface),
        random_lines(n_directions=c.n_directions, half_width=c.half_width, n_points=c.n_profile, with_test=False,
                     **some).where(is_deep),
        eigenvalue_ratio_map(half_width=c.ratio_half_width, **ratio).where(has_surface),
        trajectory_pca(n_null=c.n_null, every_steps=every).where(is_deep).at(path),
        loss_surface(with_test=True, **picture).where(is_pictured),
        loss_surface(plane="trajectory", every_steps=every, **picture).where(is_pictured).at(path),
        loss_surface(plane="eigenvectors", **picture).where(is_pictured),
        eigenvalue_ratio_map(points="grid", half_width=c.half_width, n_points=c.n_map, **ratio).where(is_pictured),
        spectral_density(n_steps=c.n_density_steps, n_probes=c.n_density_probes, n_examples=c.n_ratio_examples).where(
            is_pictured),
    )


ci = Config()
small = Config(
    data="mnist1d", n_train=3_000, n_test=None, n_measured=1_000, sweep_trials=4, n_val=500,
    mlp_depths=(4, 12, 20), signal_resnet_depths=(8, 20), signal_resnet_bn_depths=(8, 20), mlp_width=50, resnet_width=8,
    batch_size=64, epochs=100, resnet_epochs=30, lr=0.01, momentum=0.9, lr_reach=(0.1, 10.0), max_momentum=0.95,
    settings=("mlp_100", "mlp_100_large_lr", "mlp_100_adam", "mlp_100_batch_norm", "signal_cnn", "signal_cnn_large_lr",
              "signal_cnn_adam"),
    settings_epochs=50, level=0.1, n_surface=15, n_profile=21, n_ratio_examples=500, n_lanczos=30, n_line=25,
    n_picture=25, n_map=5, n_density_steps=60,
)
pictures = Config(
    data="fashionmnist", n_train=10_000, n_test=None, n_measured=1_000, sweep_trials=8, n_val=5_000,
    mlp_depths=(), resnet_depths=(8, 20), resnet_width=8, batch_size=128, epochs=12, lr=0.1, lr_deep_plain=0.02,
    settings=("cnn", "cnn_large_lr", "cnn_adam", "cnn_batch_norm"), settings_epochs=12, level=0.1, n_surface=15,
    n_planes=3, n_picture=25, n_map=5, n_directions=5, n_ratio_examples=500, n_density_steps=60, n_line=25,
    path_epochs=1, lr_reach=(0.05, 5.0), max_momentum=0.95, n_profile=21, n_lanczos=30,
)
full = Config(
    data="cifar10", n_train=None, n_test=None, n_measured=10_000, sweep_trials=6, n_val=5_000,
    mlp_depths=(), resnet_depths=(20, 56, 110), densenet=True, batch_size=128, epochs=300, lr=0.1,
    lr_deep_plain=0.01, momentum=0.9, weight_decay=5e-4, milestones=(0.5, 0.75, 11 / 12),  # epochs 150, 225, 275
    augment="crop_flip", settings_epochs=100,
    settings=("cnn", "cnn_large_lr", "cnn_adam", "cnn_batch_norm",
              "resnet20_small_lr", "resnet20_large_lr", "resnet20_adam"),
    level=0.1, n_surface=51, n_planes=3, n_directions=10, n_profile=51, n_map=21, n_picture=51, n_ratio_examples=5_000,
    n_lanczos=80, n_line=51, path_epochs=10, n_density_steps=80, n_density_probes=10, lr_reach=(0.05, 5.0),
    max_momentum=0.95,
)
suite = suite_of(
    name="depth_skip_connections",
    title="Depth and skip connections",
    question="Do loss surfaces turn chaotic with depth, do skip connections prevent it, and what do lines and planes "
    "through the weights say about training?",
    sources=(
        "Li et al. 2018, Visualizing the loss landscape of neural nets, sections 6 and 7",
        "Goodfellow et al. 2015, Qualitatively characterizing neural network optimization problems",
        "Lucas et al. 2021, On monotonic linear interpolation of neural network parameters",
        "Vlaar and Frankle 2022, What can linear interpolation of neural network loss landscapes tell us?",
    ),
    profiles={"ci": ci, "small": small, "pictures": pictures, "full": full},
    arms=arms,
    measures=measures,
    swept=swept,
    seconds_per_cell={"ci": 1.1},
)
