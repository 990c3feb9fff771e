"""What the papers say about depth, skip connections and lines through the weights, as rules that records decide.

Smallest effects were fixed before this code had given a number. The table of a prototype on digits had been seen,
which has test error, surfaces and ratios of the arm depth, and on which plain SGD gave lines that fall monotonically;
of trajectories, convexity, contour areas and the settings with far weights nothing had been seen. They are: a point of
error; half a decade of the largest loss on a surface; a tenth of its points for the share with negative curvature; a
hundredth for the eigenvalue ratio, which is what Li et al. call negligible; half a nat for basins and a twentieth of a
nat for rises of a line; a twentieth for shares of variance; 0.2 for rank correlations; contour areas within a factor
of 1.5 for "the same size". Which settings of the arm line move the weights far was chosen afterwards, as suite.py says.

An analogue on other data or models has an id of its own. A paper's own claim names its depths; an analogue compares the
shallowest with the deepest. At equal epochs the deep networks without skip connections end at a higher training loss:
S2.P1 says by how much, and what it confounds. S2.C7 is judged on the networks of the arm depth, S2.C8 and S2.C9 on
those of the arm line. S2.C8-far and S2.C9 are about networks that trained: before a review restricted them to these,
one setting that did not train had decided both on digits.

Claims whose id ends in "-tuned" say the same, by the same rule, of networks each at the learning rate and momentum that
validate best; they and the matrices of definitions were written down before any network had been trained there. Where
a matrix takes another number in place of the claim's, its smallest effect is that of its kind above; of radii a
twentieth of the norms.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from benchmark.stats.claim import Claim, Direction, Leg, Population, Scope
from benchmark.stats.matrix import DefinitionMatrix
from benchmark.stats.number import CannotReduce, Number
from benchmark.stats.reduce import difference, minus, rank_correlation, value

if TYPE_CHECKING:
    import pandas as pd

Fields = dict[str, Any]

point: Fields = {"smallest_effect": 0.01, "unit": "error"}
half_decade: Fields = {"smallest_effect": 0.5, "unit": "decades of loss"}
tenth: Fields = {"smallest_effect": 0.1, "unit": "share of points"}
hundredth: Fields = {"smallest_effect": 0.01, "unit": "ratio"}
half_nat: Fields = {"smallest_effect": 0.5, "unit": "nats"}
rise: Fields = {"smallest_effect": 0.05, "unit": "nats"}
share: Fields = {"smallest_effect": 0.05, "unit": "share of variance"}
radius: Fields = {"smallest_effect": 0.05, "unit": "radius"}
weak_rank: Fields = {"smallest_effect": 0.2, "unit": "rho", "bounds": (-1, 1)}
weak_tau: Fields = {"smallest_effect": 0.2, "unit": "tau", "bounds": (-1, 1)}
same_size: Fields = {"smallest_effect": 0.2, "unit": "(deep - shallow) / (deep + shallow)", "bounds": (-1, 1)}
li, lucas = "Li et al. 2018", "Lucas et al. 2021"
vlaar = "Vlaar and Frankle 2022"

random_plane: Fields = {"measure": "loss_surface", "options": {"plane": "random", "with_test": False}}
own_line: Fields = {
    "measure": "initial_final_line",
    "options": {"start": "own", "batch_norm": "recalibrated"},
}
test_error = Number(measure="performance", quantity="test_error")
generalization_gap = Number(measure="performance", quantity="gap")
log10_max = Number(quantity="log10_max", **random_plane)
log10_median = Number(quantity="log10_median", **random_plane)
negative = Number(quantity="negative_fraction", **random_plane)
area = Number(quantity="contour_area", **random_plane)
center_loss = Number(quantity="center_loss", **random_plane)
convex_up_to = Number(quantity="convex_up_to", **random_plane)
initial_loss = Number(quantity="train_loss", index={"alpha": 0.0}, **own_line)
ratio = Number(measure="eigenvalue_ratio_map", options={"points": "cross"}, quantity="ratio_around")
ratio_center = dataclasses.replace(ratio, quantity="ratio_center")
flat_radius = Number(measure="random_lines", quantity="flat_radius")
excess = Number(measure="trajectory_pca", quantity="excess_12", aggregate="mean")
in_random_plane = Number(measure="trajectory_pca", quantity="random_plane_share", aggregate="max")
gap = Number(quantity="monotonicity_gap", **own_line)
unrelated_gap = dataclasses.replace(gap, options={**own_line["options"], "start": "unrelated"})
interpolated_gap = dataclasses.replace(gap, options={**own_line["options"], "batch_norm": "interpolated"})
plateau_end = Number(quantity="plateau_end", **own_line)
distance = Number(measure="distance_from_init")
measures_of_chaos: tuple[tuple[str, Number, Direction, Fields], ...] = (
    ("largest loss on the plane", log10_max, "greater", half_decade),
    ("median loss on the plane", log10_median, "greater", half_decade),
    ("share of points with negative curvature", negative, "greater", tenth),
    ("loss up to which the plane is convex", convex_up_to, "less", half_nat),
    ("eigenvalue ratio at the network", ratio_center, "greater", hundredth),
    ("eigenvalue ratio around it", ratio, "greater", hundredth),
    ("radius without a rise on random lines", flat_radius, "less", radius),
)
fitted = 0.1  # nats of training loss


def fitted_lines(rows: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows are of the arm line and of networks that were trained: to a training loss of at most 0.1.

    A network that training threw out has a line that rises, and the worst error: what it says is that it failed.
    """
    found = rows[(rows["measure"] == "performance") & (rows["quantity"] == "train_loss")]
    unfit = {
        tuple(keys) for keys, loss in zip(found["cells"], found["value"], strict=True) if not loss <= fitted
    }
    is_fit = ~rows["cells"].map(tuple).isin(unfit)
    return is_fit & (rows["arm"] == "line") if "arm" in rows else is_fit


def at(number: Number, **where: Any) -> Number:
    """Return the number where factors have levels."""
    return dataclasses.replace(number, where={**number.where, **where})


def deep_minus_shallow(number: Number, *, deep: Any = "max", shallow: Any = "min", **where: Any) -> Any:
    """Return deep minus shallow of a number."""
    return difference(at(number, **where), factor="depth", first=deep, second=shallow)


def without_minus_with(number: Number, **where: Any) -> Any:
    """Return a number of the network without skip connections minus that of the network with them."""
    return difference(at(number, **where), factor="skips", first="without", second="with")


def growth_of_area(rows: pd.DataFrame) -> float:
    """Return (a - b) / (a + b), a and b the contour areas of the deepest and the shallowest network.

    It is 0 where they are equal, within +-1, and NaN where neither network's loss is below the level anywhere.
    """
    depths = sorted(area.rows(rows)["depth"].unique())
    if len(depths) < 2:
        raise CannotReduce(
            "data_missing", f"contour areas at the depths {[int(d) for d in depths]}; needs two"
        )
    shallow, deep = (area.read(rows, {"depth": depths[end]}) for end in (0, -1))
    return (deep - shallow) / (deep + shallow) if deep + shallow > 0 else math.nan


def areas_example(effect: float) -> pd.DataFrame:
    """Return one seed's contour areas whose growth is `effect`."""
    import pandas as pd

    return pd.DataFrame(
        {
            "measure": "loss_surface",
            "label": "loss_surface",
            "options": json.dumps(random_plane["options"]),
            "quantity": "contour_area",
            "index": "",
            "depth": [20, 110],
            "value": [1 - effect, 1 + effect],
        }
    )


def analogues(
    suffix: str, *, where: str, scope: Scope, network: str, baselines: tuple[str, ...], family: int
) -> tuple[Claim, ...]:
    """Return the claims for other data and networks, as a family of their own.

    Args:
        suffix: ends their ids.
        where: begins their statements.
        scope: what can decide them.
        network: of the arm depth.
        baselines: settings of the arm line with plain SGD at a moderate learning rate.
        family: number of the family.
    """
    arm = {"arm": "depth", "network": network}
    common: Fields = {"evidence": "secondary", "scope": scope, "family": family, "confirmatory": True}
    exploratory: Fields = {**common, "confirmatory": False}
    lines: Fields = {**common, "population": {"arm": "line"}}
    of_li: Fields = {**common, "population": arm}
    return (
        Claim(
            id=f"S2.C1-{suffix}",
            statement=f"{where}: depth raises the test error by more without skip connections than with them (that it "
            "falls with them is not asked here: small data leave nothing to gain by depth)",
            source=f"{li}, table 1 and section 5",
            paper_value="interaction of 9.8 points between ResNet-20 and ResNet-110 on CIFAR-10",
            reduce=minus(
                deep_minus_shallow(test_error, skips="without"), deep_minus_shallow(test_error, skips="with")
            ),
            direction="greater",
            **point,
            **of_li,
        ),
        Claim(
            id=f"S2.C2-{suffix}",
            statement=f"{where}: without skip connections depth turns the surface rough (largest loss and share of "
            "points with negative curvature on a filter-normalized random plane)",
            source=f"{li}, figure 5",
            paper_value="figure only",
            reduce=deep_minus_shallow(log10_max, skips="without"),
            direction="greater",
            also=(Leg(reduce=deep_minus_shallow(negative, skips="without"), direction="greater", **tenth),),
            **half_decade,
            **of_li,
        ),
        Claim(
            id=f"S2.C2-{suffix}-skips",
            statement=f"{where}: at the largest depth skip connections prevent this",
            source=f"{li}, figure 5",
            paper_value="figure only",
            population=arm,
            reduce=without_minus_with(log10_max, depth="max"),
            direction="greater",
            also=(Leg(reduce=without_minus_with(negative, depth="max"), direction="greater", **tenth),),
            **half_decade,
            **common,
        ),
        Claim(
            id=f"S2.C3-{suffix}",
            statement=f"{where}: with skip connections the contour of a low loss (0.1 in the paper; here the "
            "measure's level) has nearly the same size at the smallest and at the largest depth",
            source=f"{li}, figure 5",
            paper_value="figure only",
            population={**arm, "skips": "with", "measure": "loss_surface"},
            reduce=growth_of_area,
            example=areas_example,
            direction="equal",
            **same_size,
            **exploratory,
        ),
        Claim(
            id=f"S2.C4-{suffix}",
            statement=f"{where}: at the smallest depth skip connections hardly matter (largest loss and negative "
            "curvature on the surface, and test error)",
            source=f"{li}, figure 5 and section 5",
            paper_value="8.18 % against 7.37 % test error for ResNet-20 without and with; surfaces: figure only",
            population=arm,
            reduce=without_minus_with(log10_max, depth="min"),
            direction="equal",
            also=(
                Leg(reduce=without_minus_with(negative, depth="min"), direction="equal", **tenth),
                Leg(reduce=without_minus_with(test_error, depth="min"), direction="equal", **point),
            ),
            **half_decade,
            **common,
        ),
        Claim(
            id=f"S2.C5-{suffix}",
            statement=f"{where}: near the deepest network the most negative eigenvalue of the Hessian over the largest "
            "is of larger size without skip connections than with them",
            source=f"{li}, section 6",
            paper_value="below 1 % over a large region for DenseNet; else figure only",
            population=arm,
            reduce=without_minus_with(ratio, depth="max"),
            direction="greater",
            **hundredth,
            **common,
        ),
        Claim(
            id=f"S2.C6-{suffix}",
            statement=f"{where}: around every network with skip connections the surface is convex up to a loss above "
            "that of the initial weights",
            source=f"{li}, section 5",
            paper_value="convex up to a loss of 4 or more, initial loss below 2.5",
            reduce=_convex_beyond_initial(skips="with"),
            direction="greater",
            **half_nat,
            **of_li,
        ),
        Claim(
            id=f"S2.C7-{suffix}",
            statement=f"{where}: a random plane captures almost none of the path of training, and two principal "
            "components capture more than of paths with the same steps in random order and sign",
            source=f"{li}, section 7; the comparison with shuffled paths is ours",
            paper_value="40 to 90 % in two components",
            reduce=value(excess),
            direction="greater",
            also=(Leg(reduce=value(in_random_plane, minus=0.1), direction="less", **share),),
            **share,
            **of_li,
        ),
        Claim(
            id=f"S2.C8-{suffix}",
            statement=f"{where}: the loss falls monotonically from the initial to the trained weights (the "
            f"largest rise on the line, its median over the settings {', '.join(baselines)})",
            source=f"Goodfellow et al. 2015; {lucas}, abstract",
            paper_value="",
            reduce=value(dataclasses.replace(at(gap, setting=baselines), aggregate="median")),
            direction="equal",
            **rise,
            **lines,
        ),
        Claim(
            id=f"S2.C8-{suffix}-far",
            statement=f"{where}: the farther training moved the weights, the more the loss rises on the way (rank "
            "correlation over the settings that trained)",
            source=f"{lucas}, abstract",
            paper_value="",
            reduce=rank_correlation(gap, distance),
            direction="greater",
            **weak_rank,
            **{**lines, "population": fitted_lines},
        ),
        Claim(
            id=f"S2.C9-{suffix}",
            statement=f"{where}: the shape of the line does not predict the test error: the rank correlations of the "
            "largest rise and of the length of the plateau with it are small",
            source=f"{vlaar}, abstract",
            paper_value="",
            reduce=rank_correlation(gap, test_error, kind="kendall"),
            direction="equal",
            also=(
                Leg(
                    reduce=rank_correlation(plateau_end, test_error, kind="kendall"),
                    direction="equal",
                    **weak_tau,
                ),
            ),
            **weak_tau,
            **{**lines, "population": fitted_lines, "confirmatory": False},
        ),
        Claim(
            id=f"S2.P1-{suffix}",
            statement=f"{where}: at the largest depth the network without skip connections ends at a higher training "
            "loss, so that part of S2.C1, S2.C2 and S2.C5 is under-training",
            source="lossbench; epochs are equal in all networks, as in the paper",
            paper_value="",
            population=arm,
            reduce=without_minus_with(center_loss, depth="max"),
            direction="greater",
            **rise,
            **exploratory,
        ),
    )


def _convex_beyond_initial(**where: Any) -> Any:
    """Return the reduction: the smallest loss at which a surface is not convex, minus the largest initial loss."""
    basin = dataclasses.replace(at(convex_up_to, **where), aggregate="min")
    start = dataclasses.replace(at(initial_loss, **where), aggregate="max")
    return minus(value(basin), value(start))


def tuned(claims: Iterable[Claim], *, network: str, family: int) -> tuple[Claim, ...]:
    """Return claims about surfaces and errors, for networks each at its best learning rate, as a family."""
    return tuple(
        dataclasses.replace(
            claim,
            id=f"{claim.id}-tuned",
            statement=f"With learning rate and momentum tuned for each network: {claim.statement}",
            population={"tuned": True, "network": network},
            family=family,
        )
        for claim in claims
        if claim.id.startswith(("S2.C1-", "S2.C2-"))
    )


def matrices(suffix: str, *, network: str, baselines: tuple[str, ...]) -> tuple[DefinitionMatrix, ...]:
    """Return whether the analogues hold for every measure of chaos, and at tuned learning rates."""
    columns: dict[str, Population] = {
        "fixed learning rate": {"arm": "depth", "network": network},
        "tuned learning rate": {"tuned": True, "network": network},
    }
    return (
        DefinitionMatrix(
            claim=f"S2.C1-{suffix}",
            rows={
                "test error": (_interaction(test_error),),
                "test error - training error": (_interaction(generalization_gap),),
            },
            columns=columns,
        ),
        DefinitionMatrix(
            claim=f"S2.C2-{suffix}",
            rows=_each_measure_of_chaos(lambda number: deep_minus_shallow(number, skips="without")),
            columns=columns,
        ),
        DefinitionMatrix(
            claim=f"S2.C2-{suffix}-skips",
            rows=_each_measure_of_chaos(lambda number: without_minus_with(number, depth="max")),
            columns=columns,
        ),
        DefinitionMatrix(
            claim=f"S2.C8-{suffix}",
            rows={
                "from its own initial weights": (_no_rise(gap, baselines),),
                "from unrelated initial weights": (_no_rise(unrelated_gap, baselines),),
            },
            columns={"constant learning rate": {"arm": "line"}},
        ),
    )


def _interaction(number: Number) -> Leg:
    plain, skipping = (deep_minus_shallow(number, skips=skips) for skips in ("without", "with"))
    return Leg(reduce=minus(plain, skipping), direction="greater", **point)


def _each_measure_of_chaos(contrast: Callable[[Number], Any]) -> dict[str, tuple[Leg, ...]]:
    """Return a definition for each measure, with the sign that more chaos has."""
    return {
        name: (Leg(reduce=contrast(number), direction=direction, **effect),)
        for name, number, direction, effect in measures_of_chaos
    }


def _no_rise(number: Number, of: tuple[str, ...]) -> Leg:
    largest = dataclasses.replace(at(number, setting=of), aggregate="median")
    return Leg(reduce=value(largest), direction="equal", **rise)


cifar10: Fields = {"data": ("CIFAR10",), "profiles": ("full",)}
resnets: Fields = {
    "evidence": "secondary",
    "scope": Scope(models=("ResNet",), **cifar10),
    "population": {"arm": "depth", "network": "resnet"},
    "confirmatory": True,
}
ends: Fields = {"deep": 110, "shallow": 20}
common_settings = ("cnn", "resnet20_small_lr")
baselines_on_digits = ("wide", "narrow", "deep")
lines_on_cifar10: Fields = {
    "evidence": "secondary",
    "scope": Scope(**cifar10),
    "population": {"arm": "line"},
    "confirmatory": True,
}

paper = (
    Claim(
        id="S2.C1",
        statement="The test error of ResNets rises from depth 20 to 110 without skip connections, and falls with them",
        source=f"{li}, table 1",
        paper_value="without: 8.18 % (20), 13.31 % (56), 16.44 % (110); with: 7.37 %, 5.89 %, 5.79 %",
        reduce=deep_minus_shallow(test_error, skips="without", **ends),
        direction="greater",
        also=(Leg(reduce=deep_minus_shallow(test_error, skips="with", **ends), direction="less", **point),),
        **point,
        **resnets,
    ),
    Claim(
        id="S2.C2",
        statement="Without skip connections the surface of ResNets turns from nearly convex to chaotic between depth "
        "20 and 110 (largest loss and share of points with negative curvature on a filter-normalized random plane)",
        source=f"{li}, figure 5",
        paper_value="figure only",
        reduce=deep_minus_shallow(log10_max, skips="without", **ends),
        direction="greater",
        also=(
            Leg(reduce=deep_minus_shallow(negative, skips="without", **ends), direction="greater", **tenth),
        ),
        **half_decade,
        **resnets,
    ),
    Claim(
        id="S2.C3",
        statement="With skip connections the contour of loss 0.1 has nearly the same size at depth 20 and 110",
        source=f"{li}, figure 5",
        paper_value="figure only",
        reduce=growth_of_area,
        example=areas_example,
        direction="equal",
        **same_size,
        **{
            **resnets,
            "population": {
                "arm": "depth",
                "network": "resnet",
                "skips": "with",
                "depth": (20, 110),
                "measure": "loss_surface",
            },
        },
    ),
    Claim(
        id="S2.C4",
        statement="At depth 20 skip connections hardly matter: the surfaces with and without are alike (largest loss "
        "and share of points with negative curvature)",
        source=f"{li}, figure 5",
        paper_value="figure only",
        reduce=without_minus_with(log10_max, depth=20),
        direction="equal",
        also=(Leg(reduce=without_minus_with(negative, depth=20), direction="equal", **tenth),),
        **half_decade,
        **resnets,
    ),
    Claim(
        id="S2.C5",
        statement="Regions that look convex have negligible negative eigenvalues, and chaotic ones do not: the ratio "
        "of the ends of the spectrum near ResNet-56 without skip connections is above that near ResNet-56",
        source=f"{li}, section 6",
        paper_value="figure only",
        reduce=without_minus_with(ratio, depth=56),
        direction="greater",
        **hundredth,
        **resnets,
    ),
    Claim(
        id="S2.C5-densenet",
        statement="The ratio near ResNet-56 without skip connections is above that near DenseNet-121, too",
        source=f"{li}, section 6",
        paper_value="DenseNet below 1 % over a large region",
        reduce=minus(
            value(at(ratio, network="resnet", depth=56, skips="without")),
            value(at(ratio, network="densenet")),
        ),
        direction="greater",
        **hundredth,
        **{
            **resnets,
            "scope": Scope(models=("ResNet", "DenseNet"), **cifar10),
            "population": {"arm": ("depth", "densenet")},
        },
    ),
    Claim(
        id="S2.C6",
        statement="Around every ResNet with skip connections the surface is convex up to a loss above that of the "
        "initial weights",
        source=f"{li}, section 5",
        paper_value="convex up to a loss of 4 or more, initial loss below 2.5",
        reduce=_convex_beyond_initial(skips="with"),
        direction="greater",
        **half_nat,
        **resnets,
    ),
    Claim(
        id="S2.C7",
        statement="A random plane captures almost none of the path of training, and two principal components capture "
        "more than of paths with the same steps in random order and sign (mean over the ResNets)",
        source=f"{li}, section 7; the comparison with shuffled paths is ours",
        paper_value="40 to 90 % in two components",
        reduce=value(excess),
        direction="greater",
        also=(Leg(reduce=value(in_random_plane, minus=0.1), direction="less", **share),),
        **share,
        **resnets,
    ),
    Claim(
        id="S2.C8",
        statement="The loss falls monotonically from the initial to the trained weights in common settings (plain SGD "
        "on a small convolutional network and on ResNet-20; the largest rise on the line, its median over them)",
        source=f"Goodfellow et al. 2015; {lucas}, abstract",
        paper_value="",
        reduce=value(dataclasses.replace(at(gap, setting=common_settings), aggregate="median")),
        direction="equal",
        **rise,
        **lines_on_cifar10,
    ),
    Claim(
        id="S2.C8-far",
        statement="The farther training moved the weights, the more the loss rises on the way (rank correlation over "
        "the settings that trained, among them large learning rates, Adam and batch norm)",
        source=f"{lucas}, abstract (the settings from memory)",
        paper_value="",
        reduce=rank_correlation(gap, distance),
        direction="greater",
        **weak_rank,
        **{**lines_on_cifar10, "population": fitted_lines},
    ),
    Claim(
        id="S2.C9",
        statement="The shape of the line from the initial to the trained weights does not predict the test error: the "
        "rank correlations of the largest rise and of the length of the plateau with it are small",
        source=f"{vlaar}, abstract",
        paper_value="",
        reduce=rank_correlation(gap, test_error, kind="kendall"),
        direction="equal",
        also=(
            Leg(
                reduce=rank_correlation(plateau_end, test_error, kind="kendall"),
                direction="equal",
                **weak_tau,
            ),
        ),
        **weak_tau,
        **{**lines_on_cifar10, "population": fitted_lines, "confirmatory": False},
    ),
)

of_digits = analogues(
    "digits",
    where="Digits, MLP",
    scope=Scope(data=("Digits",), models=("MLP",)),
    network="mlp",
    baselines=baselines_on_digits,
    family=2,
)
of_fashionmnist = analogues(
    "fashionmnist",
    where="FashionMNIST, narrow ResNet",
    scope=Scope(data=("FashionMNIST",)),
    network="resnet",
    baselines=("cnn",),
    family=3,
)

claims = (
    *of_digits,
    *tuned(of_digits, network="mlp", family=4),
    *of_fashionmnist,
    *tuned(of_fashionmnist, network="resnet", family=5),
    *paper,
)
definitions = (
    *matrices("digits", network="mlp", baselines=baselines_on_digits),
    *matrices("fashionmnist", network="resnet", baselines=("cnn",)),
    DefinitionMatrix(
        claim="S2.C2",
        rows=_each_measure_of_chaos(lambda number: deep_minus_shallow(number, skips="without", **ends)),
        columns={
            "the paper's learning rates": resnets["population"],
            "tuned": {"tuned": True, "network": "resnet"},
        },
    ),
    DefinitionMatrix(
        claim="S2.C8",
        rows={
            "from its own initial weights": (_no_rise(gap, common_settings),),
            "from unrelated initial weights": (_no_rise(unrelated_gap, common_settings),),
            "ResNet-20, batch-norm statistics recalibrated": (_no_rise(gap, ("resnet20_small_lr",)),),
            "ResNet-20, batch-norm statistics interpolated": (
                _no_rise(interpolated_gap, ("resnet20_small_lr",)),
            ),
        },
        columns={"constant learning rate": {"arm": "line"}},
    ),
)
