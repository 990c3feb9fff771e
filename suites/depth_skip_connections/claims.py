"""What the papers say about depth, skip connections and lines through the weights, as rules that records decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmark.stats.claim import Leg, Scope
from benchmark.stats.matrix import DefinitionMatrix
from benchmark.stats.number import Number
from benchmark.stats.reduce import difference, minus, rank_correlation, relative_difference, value
from benchmark.stats.table import (
    Definitions, Effect, Place, Row, at, claim, equal, greater, judged_in, less, matrices_in, row, tuned_in,
)

if TYPE_CHECKING:
    import pandas as pd

Fields = dict[str, Any]
Contrast = Callable[[Number], Any]  # of networks: to a reduction

point, half_decade, tenth = Effect(0.01, "error"), Effect(0.5, "decades of loss"), Effect(0.1, "share of points")
hundredth, half_nat, rise = Effect(0.01, "ratio"), Effect(0.5, "nats"), Effect(0.05, "nats")
share, radius = Effect(0.05, "share of variance"), Effect(0.05, "radius")
weak_rho, weak_tau = Effect(0.2, "rho", (-1, 1)), Effect(0.2, "tau", (-1, 1))
same_size = Effect(0.2, "(deep - shallow) / (deep + shallow)", (-1, 1))
li, lucas = "Li et al. 2018", "Lucas et al. 2021"

random_plane: Fields = {"measure": "loss_surface", "options": {"plane": "random", "with_test": False}}
own_start: Fields = {"start": "own", "batch_norm": "recalibrated"}
own_line: Fields = {"measure": "initial_final_line", "options": own_start}
test_error, generalization_gap = (Number(measure="performance", quantity=name) for name in ("test_error", "gap"))
log10_max, log10_median, negative, area, center_loss, convex_up_to = (
    Number(quantity=name, **random_plane)
    for name in ("log10_max", "log10_median", "negative_fraction", "contour_area", "center_loss", "convex_up_to")
)
initial_loss = Number(quantity="train_loss", index={"alpha": 0.0}, **own_line)
gap, plateau_end = (Number(quantity=name, **own_line) for name in ("monotonicity_gap", "plateau_end"))
unrelated_gap = replace(gap, options={**own_start, "start": "unrelated"})
interpolated_gap = replace(gap, options={**own_start, "batch_norm": "interpolated"})
ratio, ratio_center = (Number(measure="eigenvalue_ratio_map", options={"points": "cross"}, quantity=name)
                       for name in ("ratio_around", "ratio_center"))
excess = Number(measure="trajectory_pca", quantity="excess_12", aggregate="mean")
in_random_plane = Number(measure="trajectory_pca", quantity="random_plane_share", aggregate="max")
flat_radius, distance = Number(measure="random_lines", quantity="flat_radius"), Number(measure="distance_from_init")
fitted = 0.1  # nats of training loss


def fitted_lines(rows: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows are of the arm line and of networks that were trained: to a training loss of at most 0.1.

    A network that training threw out has a line that rises, and the worst error: what it says is that it failed.
    """
    found = rows[(rows["measure"] == "performance") & (rows["quantity"] == "train_loss")]
    unfit = {tuple(keys) for keys, loss in zip(found["cells"], found["value"], strict=True) if not loss <= fitted}
    is_fit = ~rows["cells"].map(tuple).isin(unfit)
    return is_fit & (rows["arm"] == "line") if "arm" in rows else is_fit


def deep_minus_shallow(number: Number, *, deep: Any = "max", shallow: Any = "min", **where: Any) -> Any:
    """Return deep minus shallow of a number."""
    return difference(at(number, **where), factor="depth", first=deep, second=shallow)


def without_minus_with(number: Number, **where: Any) -> Any:
    """Return a number of the network without skip connections minus that of the network with them."""
    return difference(at(number, **where), factor="skips", first="without", second="with")


def interaction(number: Number) -> tuple[Leg]:
    """Return the leg: depth raises a number by more without skip connections than with them."""
    plain, skipping = (deep_minus_shallow(number, skips=skips) for skips in ("without", "with"))
    return (greater(minus(plain, skipping), point),)


def rough(leg: Callable[[Any, Effect], Leg], contrast: Contrast) -> tuple[Leg, Leg]:
    """Return the legs about the largest loss on the plane, and about its points with negative curvature."""
    return leg(contrast(log10_max), half_decade), leg(contrast(negative), tenth)


def each_measure_of_chaos(contrast: Contrast) -> Definitions:
    """Return a definition for each measure, with the sign that more chaos has."""
    return {
        "largest loss on the plane": (greater(contrast(log10_max), half_decade),),
        "median loss on the plane": (greater(contrast(log10_median), half_decade),),
        "share of points with negative curvature": (greater(contrast(negative), tenth),),
        "loss up to which the plane is convex": (less(contrast(convex_up_to), half_nat),),
        "eigenvalue ratio at the network": (greater(contrast(ratio_center), hundredth),),
        "eigenvalue ratio around it": (greater(contrast(ratio), hundredth),),
        "radius without a rise on random lines": (less(contrast(flat_radius), radius),),
    }


def no_rise(number: Number, settings: tuple[str, ...]) -> tuple[Leg]:
    """Return the leg: the median over settings of the largest rise on a line is near 0."""
    return (equal(value(replace(at(number, setting=settings), aggregate="median")), rise),)


growth_of_area = relative_difference(at(area, skips="with"), factor="depth", first="max", second="min")
by_depth = partial(deep_minus_shallow, skips="without")
by_papers_depth = partial(by_depth, deep=110, shallow=20)
by_skips, by_skips_of_shallow = (partial(without_minus_with, depth=depth) for depth in ("max", "min"))
basin = value(replace(at(convex_up_to, skips="with"), aggregate="min"))
start = value(replace(at(initial_loss, skips="with"), aggregate="max"))
convex_beyond_the_start = greater(minus(basin, start), half_nat)
on_two_components = (greater(value(excess), share), less(value(in_random_plane, minus=0.1), share))
farther_higher = greater(rank_correlation(gap, distance), weak_rho)
unpredictive = tuple(equal(rank_correlation(one, test_error, kind="kendall"), weak_tau) for one in (gap, plateau_end))

secondary: Fields = {"evidence": "secondary"}
of_surfaces: Fields = {"source": f"{li}, figure 5", "paper": "figure only", **secondary}
of_basins: Fields = {
    "source": f"{li}, section 6", "paper": "convex up to a loss of 4 or more, initial loss below 2.5", **secondary}
of_paths: Fields = {"source": f"{li}, section 7; the comparison with shuffled paths is ours",
                    "paper": "40 to 90 % in two components", **secondary}
of_falls: Fields = {"source": f"{lucas}, abstract; Goodfellow et al. 2015 (no significant obstacles)",
                    "population": {"arm": "line"}, "evidence": "read"}
of_shapes: Fields = {
    "source": "Vlaar and Frankle 2022, abstract", "population": fitted_lines, "confirmatory": False, "evidence": "read"}


of_depth = (
    row("S2.C1", "depth raises the test error by more without skip connections than with them (that it falls with "
        "them is not asked here: small data leave nothing to gain by depth)",
        *interaction(test_error), arm="depth", tuned=True, source=f"{li}, figure 5 and table 2",
        paper="interaction of 9.8 points between ResNet-20 and ResNet-110 on CIFAR-10", **secondary,
        definitions={"test error": interaction(test_error),
                     "test error - training error": interaction(generalization_gap)}),
    row("S2.C2", "without skip connections depth turns the surface rough (largest loss and share of points with "
        "negative curvature on a filter-normalized random plane)",
        *rough(greater, by_depth), arm="depth", tuned=True, **of_surfaces,
        definitions=each_measure_of_chaos(by_depth)),
    row("S2.C2", "at the largest depth skip connections prevent this", *rough(greater, by_skips), ending="skips",
        arm="depth", tuned=True, definitions=each_measure_of_chaos(by_skips), **of_surfaces),
    row("S2.C3", "with skip connections the contour of a low loss (0.1 in the paper; here the measure's level) has "
        "nearly the same size at the smallest and at the largest depth",
        equal(growth_of_area, same_size), confirmatory=False, arm="depth", **of_surfaces),
    row("S2.C4", "at the smallest depth skip connections hardly matter (largest loss and negative curvature on the "
        "surface, and test error)",
        *rough(equal, by_skips_of_shallow), equal(by_skips_of_shallow(test_error), point), arm="depth",
        source=f"{li}, figure 5 and section 6", **secondary,
        paper="8.18 % against 7.37 % test error for ResNet-20 without and with; surfaces: figure only"),
    row("S2.C5", "near the deepest network the most negative eigenvalue of the Hessian over the largest is of "
        "larger size without skip connections than with them",
        greater(by_skips(ratio), hundredth), arm="depth", source=f"{li}, section 6",
        paper="below 1 % over a large region for DenseNet; else figure only", **secondary),
    row("S2.C6", "around every network with skip connections the surface is convex up to a loss above that of the "
        "initial weights", convex_beyond_the_start, arm="depth", **of_basins),
    row("S2.C7", "a random plane captures almost none of the path of training, and two principal components "
        "capture more than of paths with the same steps in random order and sign",
        *on_two_components, arm="depth", **of_paths),
)
under_training = row(
    "S2.P1", "at the largest depth the network without skip connections ends at a higher training loss, so that part "
    "of S2.C1, S2.C2 and S2.C5 is under-training", greater(by_skips(center_loss), rise), confirmatory=False,
    arm="depth", source="lossbench; epochs are equal in all networks, as in the paper", **secondary)


def of_lines(settings: tuple[str, ...]) -> tuple[Row, ...]:
    """Return what is claimed of the arm line; `settings` of it train by plain SGD at a moderate rate."""
    return (
        row("S2.C8", "the loss falls monotonically from the initial to the trained weights (the largest rise on the "
            f"line, its median over the settings {', '.join(settings)})", *no_rise(gap, settings), **of_falls),
        row("S2.C8", "the farther training moved the weights, the more the loss rises on the way (rank correlation "
            "over the settings that trained)",
            farther_higher, ending="far", source=f"{lucas}, abstract", population=fitted_lines, evidence="read"),
        row("S2.C9", "the shape of the line does not predict the test error: the rank correlations of the largest rise "
            "and of the length of the plateau with it are small", *unpredictive, **of_shapes),
    )


cifar10: Fields = {"data": ("CIFAR10",), "profiles": ("full",)}
resnets: Fields = {"arm": "depth", "network": "resnet"}
of_resnets: Fields = {"population": resnets, "scope": Scope(models=("ResNet",), **cifar10)}
on_cifar10: Fields = {"scope": Scope(**cifar10)}
common = ("cnn", "resnet20_small_lr")
paper = (
    claim("S2.C1", "The test error of ResNets rises from depth 20 to 110 without skip connections, and falls with them",
          greater(by_papers_depth(test_error), point), less(by_papers_depth(test_error, skips="with"), point),
          paper="without: 8.18 % (20), 13.31 % (56; 10.83 % at a tenth of the rate), 16.44 % (110); with: 7.37 %, 5.89 "
          "%, 5.79 %", source=f"{li}, figure 5 and table 2", **secondary, **of_resnets),
    claim("S2.C2", "Without skip connections the surface of ResNets turns from nearly convex to chaotic between depth "
          "20 and 110 (largest loss and share of points with negative curvature on a filter-normalized random plane)",
          *rough(greater, by_papers_depth), **of_surfaces, **of_resnets),
    claim("S2.C3", "With skip connections the contour of loss 0.1 has nearly the same size at depth 20 and 110",
          equal(replace(growth_of_area, first=110, second=20), same_size), **of_surfaces, **of_resnets),
    claim("S2.C4", "At depth 20 skip connections hardly matter: the surfaces with and without are alike (largest loss "
          "and share of points with negative curvature)",
          *rough(equal, partial(without_minus_with, depth=20)), **of_surfaces, **of_resnets),
    claim("S2.C5", "Regions that look convex have negligible negative eigenvalues, and chaotic ones do not: the ratio "
          "of the ends of the spectrum near ResNet-56 without skip connections is above that near ResNet-56",
          greater(without_minus_with(ratio, depth=56), hundredth), **{**of_surfaces, "source": f"{li}, section 6"},
          **of_resnets),
    claim("S2.C5-densenet", "The ratio near ResNet-56 without skip connections is above that near DenseNet-121, too",
          greater(minus(value(at(ratio, network="resnet", depth=56, skips="without")),
                        value(at(ratio, network="densenet"))), hundredth),
          of="S2.C5", source=f"{li}, section 6", paper="DenseNet below 1 % over a large region", **secondary,
          scope=Scope(models=("ResNet", "DenseNet"), **cifar10), population={"arm": ("depth", "densenet")}),
    claim("S2.C6", "Around every ResNet with skip connections the surface is convex up to a loss above that of the "
          "initial weights", convex_beyond_the_start, **of_basins, **of_resnets),
    claim("S2.C7", "A random plane captures almost none of the path of training, and two principal components capture "
          "more than of paths with the same steps in random order and sign (mean over the ResNets)",
          *on_two_components, **of_paths, **of_resnets),
    claim("S2.C8", "The loss falls monotonically from the initial to the trained weights in common settings (plain SGD "
          "on a small convolutional network and on ResNet-20; the largest rise on the line, its median over them)",
          *no_rise(gap, common), **of_falls, **on_cifar10),
    claim("S2.C8-far", "The farther training moved the weights, the more the loss rises on the way (rank correlation "
          "over the settings that trained, among them large learning rates, Adam and batch norm)",
          farther_higher, of="S2.C8", source=f"{lucas}, abstract", population=fitted_lines, evidence="read",
          **on_cifar10),
    claim("S2.C9", "The shape of the line from the initial to the trained weights does not predict the test error: the "
          "rank correlations of the largest rise and of the length of the plateau with it are small",
          *unpredictive, **of_shapes, **on_cifar10),
)

by_rate: Fields = {"fixed learning rate": {"arm": "depth"}, "tuned learning rate": {"tuned": True}}
signals = ("MNIST1D",)
lines = {  # by place, the settings that train by plain SGD at a moderate learning rate
    "digits": ("wide", "narrow", "deep"), "fashionmnist": ("cnn",), "mnist1d": ("mlp_100", "signal_cnn")}
places = (
    (Place(suffix="digits", where="Digits, MLP", scope=Scope(data=("Digits",), models=("MLP",)),
           population={"network": "mlp"}, columns=by_rate, family=2, tuned_family=4),
     (*of_depth, *of_lines(lines["digits"]), under_training)),
    (Place(suffix="fashionmnist", where="FashionMNIST, narrow ResNet", scope=Scope(data=("FashionMNIST",)),
           population={"network": "resnet"}, columns=by_rate, family=3, tuned_family=5),
     (*of_depth, *of_lines(lines["fashionmnist"]), under_training)),
    *((Place(suffix=f"mnist1d-{name}", where=f"MNIST-1D, {which}", scope=Scope(data=signals, models=(model,)),
             population={"network": network}, columns=by_rate, family=family, tuned_family=tuned),
       (*of_depth, under_training))
      for name, network, model, which, family, tuned in (
          ("mlp", "mlp", "MLP", "MLP", 6, 9),
          ("resnet", "signal_resnet", "SignalResNet", "narrow ResNet without norm", 7, 10),
          ("resnet_bn", "signal_resnet_bn", "SignalResNet", "narrow ResNet with batch norm", 8, 11))),
    (Place(suffix="mnist1d", where="MNIST-1D, MLPs and CNNs", scope=Scope(data=signals), family=12),
     of_lines(lines["mnist1d"])),
)


def each_start(settings: tuple[str, ...]) -> Definitions:
    """Return the definitions: lines from a network's own initial weights, and from others."""
    names = {"from its own initial weights": gap, "from unrelated initial weights": unrelated_gap}
    return {name: no_rise(number, settings) for name, number in names.items()}


on_lines: Fields = {"columns": {"constant learning rate": {"arm": "line"}}}
words = "With learning rate and momentum tuned for each network"
claims = (
    *(one for place, rows in places for one in (*judged_in(place, rows), *tuned_in(place, rows, words=words))),
    *paper,
)
definitions = (
    *(matrix for place, rows in places for matrix in matrices_in(place, rows)),
    *(DefinitionMatrix(claim=f"S2.C8-{suffix}", rows=each_start(settings), **on_lines)
      for suffix, settings in lines.items()),
    DefinitionMatrix(
        claim="S2.C2", columns={"the paper's learning rates": resnets, "tuned": {"tuned": True, "network": "resnet"}},
        rows=each_measure_of_chaos(by_papers_depth)),
    DefinitionMatrix(claim="S2.C8", **on_lines, rows={
        **each_start(common), "ResNet-20, batch-norm statistics recalibrated": no_rise(gap, common[1:]),
        "ResNet-20, batch-norm statistics interpolated": no_rise(interpolated_gap, common[1:])}),
)
