"""What does width do to the loss landscape: to the barrier between two solutions, to its chaos, to the test error?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from annotated_types import Ge

from benchmark.cells.checks import reject
from benchmark.cells.derivations.match_weights import MatchWeights
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.models.signal_cnn import SignalCNN
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
from benchmark.suite.arms import Arm, Point, Swept, point
from benchmark.suite.cell_layout import Layout, has_batch_norm
from benchmark.suite.from_arms import check, suite_of
from benchmark.suite.knobs import Count, Counts, OddCount, Positive, Positives, Share, SweptKnobs, knobs
from benchmark.suite.suite import Range

kinds: Mapping[str, Any] = {
    "mlp": lambda width: MLP(width=width, depth=1),
    "mlp_2": lambda width: MLP(width=width, depth=2),
    "signal_cnn": lambda width: SignalCNN(width=width),
    "small_cnn": lambda width: SmallCNN(width=width),
    "vgg16": lambda width: VGG(depth=16, width=width),
    "resnet20": lambda width: ResNet(depth=20, width=width),
}
li_protocol: Mapping[str, Any] = {  # milestones of 300 epochs: 150, 225, 275
    "batch_size": 128, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4, "schedule": "step",
    "milestones": (0.5, 0.75, 11 / 12), "augment": "crop_flip",
}


@knobs
class Config(SweptKnobs):
    """The knobs of this suite; an empty list leaves out its arm, or that network. Seeds stay below 10,000."""

    mlp_widths: Counts = (4, 16, 64, 256)  # of the arm width; claims compare the narrowest with the widest
    mlp_2_widths: Counts = ()  # of the arm width, with two hidden layers
    signal_cnn_widths: Counts = ()  # of the arm width
    small_cnn_widths: Counts = ()  # of the arm width
    vgg16_widths: Counts = ()  # of the arm width
    resnet20_widths: Counts = ()  # of the arm width
    optimizer: Literal["sgd", "adam"] = "sgd"  # of all arms but wide
    batch_size: Count = 25  # of all arms but wide
    lr: Positive = 0.15  # of all arms but wide
    momentum: Share = 0.0  # of all arms but wide (sgd only)
    epochs: Count = 30  # of all arms but wide
    # training loss (nats per example) at which to stop before the epochs are over, but not in the arms label_noise and
    # wide; None: never
    stop_at_loss: Positive | None = None
    matched: bool = True  # whether to add the permuted copies
    base_width: Count = 64  # of the MLPs of the arms depth, lr and weight_decay, and where muP is the standard network
    mup_widths: Counts = (4, 256)  # of the arm mup (sgd only), besides base_width, where it is the network of arm width
    depths: Counts = (4,)  # hidden layers in the arm depth, besides 1
    lrs: Positives = (0.3,)  # learning rates of the arm lr, besides lr
    weight_decays: Positives = (1e-2,)  # of the arm weight_decay, besides none
    label_noise: Share = 0.2  # share of wrong training labels in the arm label_noise
    label_noise_widths: Counts = (4, 32, 256)  # of that arm
    wide_factors: Counts = ()  # of the arm wide: times 16 channels
    wide_epochs: Count = 300  # of the arm wide
    n_line: OddCount = 21  # points of the line between two networks
    n_directions: Count = 10  # random directions of the radial width
    n_lanczos: Count = 30  # Lanczos steps
    n_probes: Count = 10  # random probes of the trace
    n_planes: Count = 1  # random planes of the loss surface
    n_surface: Annotated[int, Ge(3)] = 11  # points along each of their axes
    # smallest and largest learning rate of the sweep; lr is tried even where it lies outside
    lr_range: tuple[Positive, Positive] = (0.01, 0.2)

    def __post_init__(self) -> None:
        if not self.lr_range[0] < self.lr_range[1]:
            reject(self, "lr_range", "give two numbers above 0, the smaller one first")
        if not (any(getattr(self, f"{kind}_widths") for kind in kinds) or self.wide_factors):
            reject(self, "mlp_widths", "give widths here, in another ..._widths, or in wide_factors")
        if self.mup_widths and self.optimizer != "sgd":
            reject(self, "mup_widths", f"leave it empty with optimizer={self.optimizer!r}; muP here is for sgd")
        if self.momentum and self.optimizer != "sgd":
            reject(self, "momentum", f"leave it at 0 with optimizer={self.optimizer!r}, which has its own")
        if (self.depths or self.lrs or self.weight_decays) and self.base_width not in self.mlp_widths:
            remedy = f"depth, lr and weight decay vary at this width; take one of mlp_widths={self.mlp_widths}"
            reject(self, "base_width", remedy)
        if self.label_noise_widths and not self.label_noise:
            reject(self, "label_noise", "give a share above 0, or no label_noise_widths")
        check(self, arms(self), swept)


def space(c: Config) -> dict[str, Range]:
    """Return where learning rates are searched."""
    return {"lr": Range(low=min(c.lr_range[0], c.lr), high=max(c.lr_range[1], c.lr), log=True)}


swept = Swept(space=space, sharpness=sam_sharpness(method="one_step", n_examples=500))


def arms(c: Config) -> Iterator[Arm]:
    """Yield the arms; a factor's column is filled in for the cells that differ in it alone."""
    common: Mapping[str, Any] = {
        "batch_size": c.batch_size, "lr": c.lr, "epochs": c.epochs, "stop_at_loss": c.stop_at_loss}
    plain = SGD(**common, momentum=c.momentum) if c.optimizer == "sgd" else Adam(**common)
    base, base_swept = kinds["mlp"](c.base_width), f"network=mlp width={c.base_width}"
    alone: Mapping[str, Any] = {"members": ("first",)}
    copies = {"matched": MatchWeights()} if c.matched else {}
    pair: Mapping[str, Any] = {"members": ("first", "second"), "derived": copies}

    def mlp(model: MLP, **columns: Any) -> Point:
        return point(model, plain, network="mlp", **columns)

    def change(swept: str = "", **fields: Any) -> Point:
        return point(base, dataclasses.replace(plain, **fields), swept=swept, network="mlp", **fields)

    yield Arm(name="width", **pair, points=[
        point(kinds[name](width), plain, swept=f"network={name} width={width}", network=name, width=width)
        for name in kinds for width in getattr(c, f"{name}_widths")])
    if c.base_width in c.mlp_widths:  # the network from which those of the arms depth, lr and weight_decay differ
        yield Arm(name="width", **pair, points=[mlp(base, depth=1, lr=c.lr, weight_decay=0.0)])
    yield Arm(name="mup", **pair, points=[
        mlp(MLP(width=width, depth=1, parametrization="mup", base_width=c.base_width), width=width)
        for width in c.mup_widths])
    yield Arm(name="depth", **pair, points=[
        mlp(MLP(width=c.base_width, depth=depth), depth=depth) for depth in c.depths])
    yield Arm(name="lr", **alone, points=[change(base_swept, lr=lr) for lr in c.lrs])
    yield Arm(name="weight_decay", **alone, points=[change(weight_decay=decay) for decay in c.weight_decays])
    # wrong labels may never be fitted to `stop_at_loss`, and double descent is one at the end of training
    to_the_end = dataclasses.replace(plain, stop_at_loss=None)
    yield Arm(name="label_noise", **alone, points=[
        point(kinds["mlp"](width), to_the_end, data={"label_noise": c.label_noise}, network="mlp", width=width)
        for width in c.label_noise_widths])
    yield Arm(name="wide", **alone, points=[  # without shortcuts Li et al. take a tenth of the learning rate
        point(ResNet(depth=56, width=16 * factor, skip=skip),
              SGD(lr=0.1 if skip else 0.01, epochs=c.wide_epochs, **li_protocol), network="resnet56", width=16 * factor)
        for skip in (True, False) for factor in c.wide_factors])


def measures(c: Config, at: Layout) -> Sequence[Measure]:
    """Return barriers between the networks of a pair, and what is measured around the first one."""
    some = {"n_examples": c.n_measured}
    over_width = at.of(arm=("width", "mup"), member="first")
    around = at.of(arm=("width", "mup", "lr", "weight_decay"), member="first")
    pictured = at.of(arm=("width", "wide"), member="first")
    return (
        performance(),
        barrier(n_points=c.n_line, **some).on(at.with_first()),
        barrier(n_points=c.n_line, batch_norm="interpolated", **some).on(
            at.with_first(lambda cell: has_batch_norm(cell.model))),
        radial_width(n_directions=c.n_directions, **some).where(around),
        hessian_extremes(n_steps=c.n_lanczos, **some).where(over_width),
        hessian_trace(n_probes=c.n_probes, **some).where(over_width),
        weight_norm().where(around),
        distance_from_init().where(around),
        loss_surface(n_planes=c.n_planes, n_points=c.n_surface, **some).where(pictured),
    )


ci = Config(sweep_trials=3)  # the third point is one that an arm moves to
small = Config(
    data="mnist1d", n_train=3_000, n_test=None, n_measured=3_000, sweep_trials=8, n_val=500,
    mlp_widths=(8, 16, 32, 64, 128, 256, 512), mlp_2_widths=(16, 32, 64, 128, 256),
    signal_cnn_widths=(5, 10, 25, 50, 100), batch_size=100, lr=0.05, momentum=0.9, epochs=50, base_width=128,
    mup_widths=(8, 512), depths=(4,), lrs=(0.01, 0.02), weight_decays=(1e-4, 1e-3),
    label_noise_widths=(8, 16, 32, 64, 128, 256, 512), n_line=31, n_directions=40, n_probes=50, n_surface=25,
    lr_range=(0.005, 0.5),
)
pictures = Config(
    data="fashionmnist", n_train=None, n_test=None, n_measured=10_000, sweep_trials=8, n_val=5_000,
    mlp_widths=(8, 16, 32, 64, 128, 256, 512, 1024), small_cnn_widths=(8, 16, 32, 64), optimizer="adam", batch_size=128,
    lr=1e-3, epochs=15, base_width=128, mup_widths=(), depths=(2, 4), lrs=(3e-4, 3e-3), weight_decays=(1e-4, 1e-3),
    label_noise_widths=(), n_line=31, n_directions=40, n_probes=50, n_planes=2, lr_range=(1e-4, 1e-1),
)
full = Config(
    data="cifar10", n_train=None, n_test=None, n_measured=10_000, sweep_trials=4, n_val=5_000,
    mlp_widths=tuple(2**power for power in range(3, 16)), vgg16_widths=(8, 16, 32, 64, 128),
    resnet20_widths=(4, 8, 16, 32, 64), batch_size=64, lr=1e-3, momentum=0.9, epochs=3000, stop_at_loss=0.01,
    base_width=1024, mup_widths=(), depths=(2, 4, 8, 16), lrs=(1e-2, 1e-1), weight_decays=(1e-4, 1e-3),
    label_noise_widths=(8, 16, 32, 64, 128, 256, 512, 1024), wide_factors=(1, 2, 4, 8), n_line=31, n_directions=100,
    n_lanczos=80, n_probes=200, n_planes=2, n_surface=51, lr_range=(1e-3, 1.0),
)
suite = suite_of(
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
    profiles={"ci": ci, "small": small, "pictures": pictures, "full": full},
    arms=arms,
    measures=measures,
    swept=swept,
    seconds_per_cell={"ci": 0.3},
)
