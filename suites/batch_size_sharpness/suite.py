"""Do large batches find sharper minima, and what of it is left when networks are compared at equal loss?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le

from benchmark.cells.cell import Derived, FromCheckpoint
from benchmark.cells.checks import reject
from benchmark.cells.derivations.rescale_layers import RescaleLayers
from benchmark.cells.models.keskar_c1 import KeskarC1
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.models.signal_cnn import SignalCNN
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.models.vgg import VGG
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.sgd import SGD
from benchmark.measures.adaptive_sharpness import adaptive_sharpness
from benchmark.measures.average_direction_sharpness import average_direction_sharpness
from benchmark.measures.distance_from_init import distance_from_init
from benchmark.measures.filter_normalized_sharpness import filter_normalized_sharpness
from benchmark.measures.hessian_extremes import hessian_extremes
from benchmark.measures.hessian_trace import hessian_trace
from benchmark.measures.keskar_sharpness import keskar_sharpness
from benchmark.measures.m_sharpness import m_sharpness
from benchmark.measures.measure import Measure
from benchmark.measures.noise_scale import noise_scale
from benchmark.measures.performance import performance
from benchmark.measures.sam_sharpness import sam_sharpness
from benchmark.measures.two_model_line import two_model_line
from benchmark.measures.weight_histogram import weight_histogram
from benchmark.measures.weight_norm import weight_norm
from benchmark.suite.arms import Arm, Point, Start, Swept, point
from benchmark.suite.cell_layout import Layout, has_batch_norm, n_train
from benchmark.suite.from_arms import check, suite_of
from benchmark.suite.knobs import (
    Count,
    Counts,
    NonNegatives,
    Positive,
    Positives,
    Share,
    SweptKnobs,
    knobs,
    some,
)
from benchmark.suite.suite import Range

models: Mapping[str, Any] = {
    "mlp": MLP(width=64, depth=2), "small_cnn": SmallCNN(), "small_cnn_bn": SmallCNN(norm="batch"),
    "mlp_100": MLP(width=100, depth=2), "signal_cnn": SignalCNN(), "keskar_c1": KeskarC1(), "vgg9": VGG(depth=9),
    "resnet20": ResNet(depth=20), "resnet56": ResNet(depth=56),
}
ModelName = Literal[
    "mlp", "small_cnn", "small_cnn_bn", "mlp_100", "signal_cnn", "keskar_c1", "vgg9", "resnet20", "resnet56",
]
# milestones of 300 epochs: 150, 225, 275
li_schedule: Mapping[str, Any] = {"schedule": "step", "milestones": (0.5, 0.75, 11 / 12), "augment": "crop_flip"}
li_optimizers: Mapping[str, Any] = {
    "sgd": lambda **own: SGD(lr=0.1, momentum=0.9, nesterov=True, **li_schedule, **own),
    "adam": lambda **own: Adam(lr=1e-3, **li_schedule, **own),
}


@knobs
class Config(SweptKnobs):
    """The knobs of this suite; no models, or an empty list, leave out an arm."""

    models: tuple[ModelName, ...] = ("mlp",)  # networks of the arms matched_loss, equal_epochs, lr_batch, scaled_lr
    # of the arm matched_loss; the smallest and the largest are what claims compare
    batch_sizes: Annotated[Counts, some] = (8, 64, 500)
    lr: Positive = 0.1  # of the arms matched_loss and equal_epochs
    momentum: Share = 0.0  # of the arms matched_loss, equal_epochs, lr_batch and scaled_lr
    # of matched_loss; others than the first only for the smallest and the largest batch
    weight_decays: Annotated[NonNegatives, some] = (0.0,)
    stop_at_loss: Positive = 0.01  # training loss (nats per example) at which matched_loss, lr_batch and scaled_lr stop
    # the same for networks with batch norm; None: no other than stop_at_loss
    stop_at_loss_batch_norm: Positive | None = None
    max_epochs: Count = 2000  # budget of a run that is to stop at a loss
    max_steps: Count | None = None  # the same in steps, equal for all batch sizes; takes the place of max_epochs
    equal_epochs: Count | None = 50  # epochs of the arm; None leaves the arm out
    rescaled: bool = True  # whether to add the rescaled copies of the smallest batch's networks (MLPs only)
    lr_batch_lrs: Positives = ()  # learning rates of the arm lr_batch, on all batch sizes; empty leaves it out
    scaled_lr: bool = False  # whether to add the arm scaled_lr, with lr for the smallest batch
    li_models: tuple[ModelName, ...] = ()  # of the arm li
    li_batch_sizes: Counts = (128, 8192)  # of the arm li
    li_resnet_batch_sizes: Counts = (128, 4096)  # of the ResNets among li_models, in place of li_batch_sizes
    li_weight_decays: NonNegatives = (0.0, 5e-4)  # of the arm li
    li_optimizers: tuple[Literal["sgd", "adam"], ...] = ("sgd", "adam")  # of the arm li
    li_epochs: Count = 300  # of the arm li
    keskar_models: tuple[ModelName, ...] = ()  # of the arms keskar, keskar_sweep and warm_start
    keskar_batch_sizes: Counts = (256, 5000)  # of the arm keskar
    keskar_sweep_batch_sizes: Counts = ()  # of the arm keskar_sweep; empty leaves it out
    keskar_epochs: Count = 100  # of the arms keskar, keskar_sweep and warm_start
    warm_start_epochs: Counts = ()  # small-batch epochs after which large-batch training takes over; empty: no such arm
    # smallest and largest learning rate of the sweep, as multiples of lr, which itself is tried first. Steps to a loss
    # go as 1 / lr: below, full batches run out of max_epochs; above, small ones never arrive (seen on sweep seeds of ci
    # with a range twice as wide, before any network of the tuned arm was trained)
    lr_reach: tuple[Annotated[Positive, Le(1)], Annotated[float, Ge(1)]] = (0.25, 3.0)
    n_lanczos: Count = 20  # Lanczos steps
    n_probes: Count = 20  # random probes of the trace
    # search for the largest loss of Keskar sharpness; the paper has l_bfgs_b, which a rounding can lead elsewhere
    keskar_method: Literal["l_bfgs_b", "conditional_gradient"] = "conditional_gradient"
    # half-widths of the box of Keskar sharpness; claims are about 1e-3, the paper has 5e-4 as well
    keskar_epsilons: Annotated[Positives, some] = (1e-3,)
    n_subspaces: Count = 2  # random subspaces of Keskar sharpness
    n_directions: Count = 20  # random directions
    n_line: Annotated[int, Ge(2)] = 41  # points of the line between two networks

    def __post_init__(self) -> None:
        if not (self.models or self.li_models or self.keskar_models):
            reject(self, "models", "name a network here, in li_models or in keskar_models")
        of_li = ("li_batch_sizes", "li_resnet_batch_sizes", "li_weight_decays", "li_optimizers")
        for name in (*(of_li if self.li_models else ()), *(("keskar_batch_sizes",) if self.keskar_models else ())):
            if not getattr(self, name):
                reject(self, name, "give at least one")
        if self.keskar_models and max(self.warm_start_epochs, default=0) > self.keskar_epochs:
            reject(self, "warm_start_epochs", f"give epochs from 1 to keskar_epochs={self.keskar_epochs}")
        check(self, arms(self), swept)


swept = Swept(
    space=lambda c: {"lr": Range(low=c.lr * c.lr_reach[0], high=c.lr * c.lr_reach[1], log=True)},
    sharpness=sam_sharpness(method="one_step", n_examples=500),
)


def arms(c: Config) -> Iterator[Arm]:
    """Yield the arms; lr_batch and scaled_lr share cells with matched_loss, to which these belong."""
    smallest, first_decay = min(c.batch_sizes), c.weight_decays[0]
    yield Arm(name="matched_loss", points=[
        _to_loss(c, name, size, lr=c.lr, decay=decay) for name in c.models for decay in c.weight_decays
        for size in (c.batch_sizes if decay == first_decay else _ends(c))])
    yield Arm(name="equal_epochs", points=[
        _fixed(name, SGD(batch_size=size, lr=c.lr, momentum=c.momentum, epochs=c.equal_epochs))
        for name in c.models if c.equal_epochs is not None for size in _ends(c)])
    yield Arm(name="rescaled", points=[
        _rescaled(_to_loss(c, name, smallest, lr=c.lr, decay=first_decay))
        for name in c.models if c.rescaled and isinstance(models[name], MLP)])
    yield Arm(name="lr_batch", points=[
        _to_loss(c, name, size, lr=lr) for name in c.models for lr in c.lr_batch_lrs for size in c.batch_sizes])
    yield Arm(name="scaled_lr", points=[
        _to_loss(c, name, size, lr=c.lr * size / smallest)
        for name in c.models if c.scaled_lr for size in c.batch_sizes])
    yield Arm(name="li", points=[
        _fixed(name, li_optimizers[kind](batch_size=size, weight_decay=decay, epochs=c.li_epochs))
        for name in c.li_models for decay in c.li_weight_decays
        for size in (c.li_resnet_batch_sizes if isinstance(models[name], ResNet) else c.li_batch_sizes)
        for kind in li_optimizers if kind in c.li_optimizers])
    for arm, sizes in (("keskar", c.keskar_batch_sizes), ("keskar_sweep", c.keskar_sweep_batch_sizes)):
        yield Arm(name=arm, points=[
            _fixed(name, Adam(batch_size=size, epochs=c.keskar_epochs)) for name in c.keskar_models for size in sizes])
    yield Arm(name="warm_start", points=[
        _warm_start(c, name, epoch) for name in c.keskar_models for epoch in c.warm_start_epochs])


def _ends(c: Config) -> tuple[int, int]:
    return min(c.batch_sizes), max(c.batch_sizes)


def _to_loss(c: Config, name: str, size: int, *, lr: float, decay: float = 0.0) -> Point:
    stop = (c.stop_at_loss_batch_norm if has_batch_norm(models[name]) else None) or c.stop_at_loss
    training = SGD(
        batch_size=size, lr=lr, momentum=c.momentum, weight_decay=decay, stop_at_loss=stop, steps=c.max_steps,
        epochs=None if c.max_steps else c.max_epochs)
    is_swept = size in _ends(c) and decay == c.weight_decays[0]
    arm = f"network={name} batch_size={size}" if is_swept else ""
    return point(models[name], training, swept=arm, network=name, batch_size=size)


def _fixed(name: str, training: Any, start: Start | None = None) -> Point:
    return point(models[name], training, start=start, network=name, batch_size=training.batch_size)


def _rescaled(parent: Point) -> Point:
    return point(parent.model, None, **parent.columns,
                 start=lambda cell: Derived(parents=(cell(parent),), rule=RescaleLayers(factor=10.0)))


def _warm_start(c: Config, name: str, epoch: int) -> Point:
    small_batch, large_batch = (
        Adam(batch_size=of(c.keskar_batch_sizes), epochs=c.keskar_epochs) for of in (min, max))
    step = epoch * -(-n_train(c) // small_batch.batch_size)
    return _fixed(name, large_batch, lambda cell: FromCheckpoint(cell=cell(_fixed(name, small_batch)), step=step))


def measures(c: Config, at: Layout) -> Sequence[Measure]:
    """Return all that is cheap on every cell, and the line between the ends of the batch sizes.

    Of rescaled copies only what tells the definitions apart that see the rescaling from those that do not.
    """
    n = c.n_measured
    some, line = {"n_examples": n}, {"n_points": c.n_line, "n_examples": n}
    is_fixed, is_trained = at.but(arm="tuned"), at.but(arm="rescaled")
    # after equal epochs L-BFGS-B amplifies rounding: at a loss of 1e-3 its line searches branch on the last bits
    searched, drawn = at.but(arm="equal_epochs"), at.but(arm=("equal_epochs", "rescaled"))
    box: Mapping[str, Any] = {"method": c.keskar_method, **some}
    n_seen = min((number for number in (n, c.n_train) if number is not None), default=None)
    # a shard of all that is seen would be sam_sharpness with one step
    shards = tuple(size for size in (8, 32) if n_seen is None or size < n_seen)
    return (
        performance(),
        weight_norm().where(is_fixed),
        distance_from_init(),
        noise_scale().where(at.but(arm=("tuned", "rescaled"))),
        hessian_extremes(n_steps=c.n_lanczos, **some),
        hessian_trace(n_probes=c.n_probes, **some).where(is_trained),
        *(keskar_sharpness(epsilon=epsilon, **box).where(searched) for epsilon in c.keskar_epsilons),
        *(keskar_sharpness(space="subspace", epsilon=epsilon, n_draws=c.n_subspaces, **box).where(drawn)
          for epsilon in c.keskar_epsilons),
        sam_sharpness(method="ascent", **some),
        sam_sharpness(method="one_step", **some).where(is_trained),
        *(m_sharpness(m=size, **some).where(is_trained) for size in shards),
        adaptive_sharpness(**some),
        average_direction_sharpness(n_draws=c.n_directions, **some).where(is_trained),
        average_direction_sharpness(n_draws=c.n_directions, adaptive=True, **some),
        filter_normalized_sharpness(**some),
        weight_histogram().where(is_fixed),
        two_model_line(**line).on(at.ends("batch_size", at.of(arm=("matched_loss", "keskar")))),
        two_model_line(batch_norm="interpolated", **line).on(at.ends("batch_size", at.of(arm="li"))),
    )


ci = Config()
small = Config(
    data="mnist1d", n_train=3_000, n_test=None, n_measured=3_000, sweep_trials=8, n_val=500,
    models=("mlp_100", "signal_cnn"), batch_sizes=(16, 64, 256, 1_000), lr=0.01, momentum=0.9, stop_at_loss=0.05,
    max_steps=20_000, lr_reach=(0.25, 10.0), keskar_method="l_bfgs_b", keskar_epsilons=(1e-3, 5e-4),
    n_subspaces=5, n_lanczos=30, n_probes=50, n_directions=100, n_line=25,
)
pictures = Config(
    data="fashionmnist", n_train=10_000, n_test=None, n_measured=2_000, sweep_trials=8, n_val=5_000,
    models=("small_cnn", "small_cnn_bn"), batch_sizes=(32, 128, 512, 2048), lr=0.05, weight_decays=(0.0, 5e-4),
    stop_at_loss=0.05, stop_at_loss_batch_norm=0.02, max_epochs=60, equal_epochs=None, rescaled=False, scaled_lr=True,
    keskar_method="l_bfgs_b", keskar_epsilons=(1e-3, 5e-4), n_subspaces=5, n_lanczos=30, n_probes=50, n_directions=100,
    n_line=25,
)
full = Config(
    data="cifar10", n_train=None, n_test=None, n_measured=10_000, sweep_trials=8, n_val=5_000,
    models=("vgg9",), batch_sizes=(128, 1024, 8192), stop_at_loss=0.01, max_epochs=300, equal_epochs=None,
    rescaled=False, lr_batch_lrs=(0.025, 0.1, 0.4), li_models=("vgg9", "resnet56"), keskar_models=("keskar_c1",),
    keskar_sweep_batch_sizes=(64, 128, 256, 512, 1024, 2048, 5000),  # the last is 10 % of the data
    warm_start_epochs=(1, 2, 5, 10, 20, 50, 100), keskar_method="l_bfgs_b", keskar_epsilons=(1e-3, 5e-4),
    n_subspaces=5, n_lanczos=80, n_probes=200, n_directions=100, n_line=81,
)
suite = suite_of(
    name="batch_size_sharpness",
    title="Batch size and sharpness",
    question="Do large batches find sharper minima than small ones, and do they generalize worse for it?",
    sources=(
        "Keskar et al. 2017, On large-batch training for deep learning: generalization gap and sharp minima",
        "Li et al. 2018, Visualizing the loss landscape of neural nets, sections 4 and 5",
        "Dinh et al. 2017, Sharp minima can generalize for deep nets",
        "Jastrzebski et al. 2018, Three factors influencing minima in SGD",
        "Foret et al. 2021; Kwon et al. 2021; Andriushchenko et al. 2023 (sharpness measures)",
    ),
    profiles={"ci": ci, "small": small, "pictures": pictures, "full": full},
    arms=arms,
    measures=measures,
    swept=swept,
    seconds_per_cell={"ci": 1.8},
)
