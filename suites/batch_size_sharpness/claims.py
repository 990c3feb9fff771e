"""What the papers say about batch size and sharpness, as rules that records decide.

Smallest effects were fixed before the first verdicts, though a trial with one seed on digits and the table of a
prototype had been seen: a quarter for ratios of sharpness and distance, half a point of error, 0.2 for rank
correlations. An analogue on other data or models has an id of its own. A paper's own claim names
its batch sizes; an analogue compares the smallest with the largest.

Keskar et al. trained until the loss stopped improving; here 100 epochs stand for that, and whether both batch sizes
ended at comparable training errors is a leg of S1.C3.

Keskar et al. search the box by L-BFGS-B, and so do `small` and `full`; `ci` goes from corner to corner instead
(`keskar_method`), a larger number, so that its effects are not to be compared with the paper's digit by digit.

Claims whose id ends in "-tuned" say the same, by the same rule, of the smallest and the largest batch each at the
learning rate that validates best; they and the matrices of definitions were written down before any network had been
trained at such a learning rate.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from benchmark.stats.claim import Claim, Leg, Population, Scope
from benchmark.stats.matrix import DefinitionMatrix
from benchmark.stats.number import CannotReduce, Number
from benchmark.stats.reduce import difference, kendall_tau, log_ratio, minus, rank_correlation

if TYPE_CHECKING:
    import pandas as pd

Fields = dict[str, Any]

quarter: Fields = {"smallest_effect": math.log(1.25), "unit": "log ratio"}
half_point: Fields = {"smallest_effect": 0.005, "unit": "error"}
weak_rank: Fields = {"smallest_effect": 0.2, "unit": "tau", "bounds": (-1, 1)}
five_percent: Fields = {"smallest_effect": math.log(1.05), "unit": "log ratio"}
half_again: Fields = {"smallest_effect": math.log(1.5), "unit": "log ratio"}
same: Fields = {"direction": "identity", "smallest_effect": 1e-3, "unit": "log ratio"}
on_line: Fields = {"smallest_effect": 0.05, "unit": "alpha"}
decay = "training.weight_decay"
keskar_paper = "Keskar et al. 2017"
li_paper = "Li et al. 2018"

keskar_full = Number(measure="keskar_sharpness", options={"space": "full", "epsilon": 1e-3})
keskar_subspace = Number(measure="keskar_sharpness", options={"space": "subspace", "epsilon": 1e-3})
sam = Number(measure="sam_sharpness", options={"method": "ascent"})
lambda_max = Number(measure="hessian_extremes", quantity="lambda_max")
trace = Number(measure="hessian_trace")
adaptive = Number(measure="adaptive_sharpness")
average_adaptive = Number(measure="average_direction_sharpness", options={"adaptive": True, "rho": 0.1})
filter_normalized = Number(measure="filter_normalized_sharpness")
train_error = Number(measure="performance", quantity="train_error")
test_error = Number(measure="performance", quantity="test_error")
generalization_gap = Number(measure="performance", quantity="gap")
distance = Number(measure="distance_from_init")
weight_norm = Number(measure="weight_norm", quantity="all")
scale = Number(measure="noise_scale")


def at(number: Number, factor: str, level: Any) -> Number:
    """Return the number where a factor has a level."""
    return dataclasses.replace(number, where={**number.where, factor: level})


def large_over_small(number: Number, *, large: Any = "max", small: Any = "min") -> Any:
    """Return ln(large batch / small batch) of a number."""
    return log_ratio(number, factor="batch_size", first=large, second=small)


def small_over_large(number: Number, *, large: Any = "max", small: Any = "min") -> Any:
    """Return ln(small batch / large batch) of a number."""
    return log_ratio(number, factor="batch_size", first=small, second=large)


def large_minus_small(number: Number, *, large: Any = "max", small: Any = "min") -> Any:
    """Return large batch minus small batch of a number."""
    return difference(number, factor="batch_size", first=large, second=small)


sharpness = {
    "Keskar, full space": keskar_full,
    "Keskar, random subspace": keskar_subspace,
    "largest eigenvalue": lambda_max,
    "trace": trace,
    "SAM, ascent": sam,
    "SAM, one step": Number(measure="sam_sharpness", options={"method": "one_step"}),
    "m-sharpness, m = 32": Number(measure="m_sharpness", options={"m": 32}),
    "m-sharpness, m = 8": Number(measure="m_sharpness", options={"m": 8}),
    "adaptive (ASAM)": adaptive,
    "average direction": Number(
        measure="average_direction_sharpness", options={"adaptive": False, "rho": 0.1}
    ),
    "average direction, adaptive": average_adaptive,
    "filter-normalized": filter_normalized,
}
analogue_sharpness = (
    # id, what, number, where the paper has it, its value for its six networks
    ("C1-{}", "Keskar sharpness (full space, epsilon 1e-3)", keskar_full, "table 3", "ratio 8.7 to 223"),
    ("C1-{}-lambda_max", "the largest Hessian eigenvalue", lambda_max, "section 2.2.2", ""),
    ("C1-{}-trace", "the trace of the Hessian", trace, "section 2.2.2", ""),
    ("C1-{}-sam", "SAM sharpness (rho 0.05, ascent)", sam, "section 2.2.2", ""),
    ("C2-{}", "Keskar sharpness in random subspaces", keskar_subspace, "table 4", "ratio 12.1 to 83.8"),
)


def analogues(suffix: str, *, where: str, scope: Scope, network: str, family: int) -> tuple[Claim, ...]:
    """Return Keskar's claims at matched training loss for other data and networks, as a family of their own."""
    common: Fields = {
        "evidence": "read",
        "scope": scope,
        "population": {"arm": "matched_loss", **without_decay(network)},
        "family": family,
        "direction": "greater",
    }
    matched = f"{where}, at matched training loss"
    six = " (six other networks and data sets)"
    sharper = (
        Claim(
            id="S1." + name.format(suffix),
            statement=f"{matched}: {what} of the largest batch over that of the smallest is above 1",
            source=f"{keskar_paper}, {place}" + ("" if value else " (there as Keskar sharpness)"),
            paper_value=value and value + six,
            reduce=large_over_small(number),
            confirmatory=True,
            **quarter,
            **common,
        )
        for name, what, number, place, value in analogue_sharpness
    )
    return (
        *sharper,
        Claim(
            id=f"S1.C3-{suffix}",
            statement=f"{matched}: the largest batch has the higher test error",
            source=f"{keskar_paper}, table 2",
            paper_value="0.2 to 5.3 points" + six,
            reduce=large_minus_small(test_error),
            confirmatory=True,
            **half_point,
            **common,
        ),
        Claim(
            id=f"S1.C4-{suffix}",
            statement=f"{matched}: the largest eigenvalue rises with the batch size",
            source=f"{keskar_paper}, figure 4 (there Keskar sharpness)",
            paper_value="figure only",
            reduce=kendall_tau(lambda_max, factor="batch_size"),
            confirmatory=False,
            **weak_rank,
            **common,
        ),
        Claim(
            id=f"S1.C5-{suffix}",
            statement=f"{matched}: the smallest batch ends farther from the initial weights",
            source=f"{keskar_paper}, section 4",
            paper_value="ratio 3 to 10",
            reduce=small_over_large(distance),
            confirmatory=True,
            **quarter,
            **common,
        ),
    )


def without_decay(network: str) -> Fields:
    """Return the population: one kind of network, no weight decay."""
    return {decay: 0.0, "network": network}


def tuned(claims: Iterable[Claim], *, network: str, family: int) -> tuple[Claim, ...]:
    """Return claims that compare the ends of the batch sizes, each end at its best learning rate, as a family."""
    return tuple(
        dataclasses.replace(
            claim,
            id=f"{claim.id}-tuned",
            statement=f"With the learning rate tuned for each batch size: {claim.statement}",
            population={"tuned": True, **without_decay(network)},
            family=family,
        )
        for claim in claims
        if claim.confirmatory
    )


def matrices(suffix: str, *, network: str) -> tuple[DefinitionMatrix, ...]:
    """Return whether the analogues hold for every sharpness, stop rule and choice of the learning rate."""
    columns: dict[str, Population] = {
        "matched loss": {"arm": "matched_loss", **without_decay(network)},
        "equal epochs": {"arm": "equal_epochs", **without_decay(network)},
        "matched loss, tuned learning rate": {"tuned": True, **without_decay(network)},
    }
    return (
        DefinitionMatrix(claim=f"S1.C1-{suffix}", rows=_each_sharper(), columns=columns),
        DefinitionMatrix(
            claim=f"S1.C3-{suffix}",
            rows={
                name: (Leg(reduce=large_minus_small(number), direction="greater", **half_point),)
                for name, number in {
                    "test error": test_error,
                    "test error - training error": generalization_gap,
                }.items()
            },
            columns=columns,
        ),
        DefinitionMatrix(
            claim=f"S1.C5-{suffix}",
            rows={"distance": (Leg(reduce=small_over_large(distance), direction="greater", **quarter),)},
            columns=columns,
        ),
    )


def _each_sharper(**sizes: Any) -> dict[str, tuple[Leg, ...]]:
    return {
        name: (Leg(reduce=large_over_small(number, **sizes), direction="greater", **quarter),)
        for name, number in sharpness.items()
    }


def valley_width(line: pd.DataFrame, end: int) -> float:
    """Return the length of the interval of alpha around one end of the line in which the loss is <= its own + 0.5."""
    points = sorted(
        (json.loads(text)["alpha"], value) for text, value in zip(line["index"], line["value"], strict=True)
    )
    alphas = [alpha for alpha, _ in points]
    here = min(range(len(points)), key=lambda i: abs(alphas[i] - end))
    limit = points[here][1] + 0.5
    first = last = here
    while first > 0 and points[first - 1][1] <= limit:
        first -= 1
    while last < len(points) - 1 and points[last + 1][1] <= limit:
        last += 1
    return float(alphas[last] - alphas[first])


def small_wider_than_large(weight_decay: float) -> Any:
    """Return the reduction: width around the small-batch end minus that around the large-batch end."""
    loss = Number(
        measure="two_model_line",
        options={"batch_norm": "interpolated"},
        quantity="train_loss",
        where={decay: weight_decay},
    )

    def reduce(rows: pd.DataFrame) -> float:
        line = loss.rows(rows)
        if line.empty:
            raise CannotReduce("data_missing", f"no line with interpolated batch norm at {loss.where}")
        return valley_width(line, 0) - valley_width(line, 1)

    return reduce


def _line_example(weight_decay: float) -> Any:
    """Return a maker of one seed's line on which the two valleys differ in width by about `effect`."""

    def rows(effect: float) -> pd.DataFrame:
        import numpy as np
        import pandas as pd

        alphas = np.linspace(-0.5, 1.5, 201)
        loss = np.where(np.abs(alphas) <= 0.25 + effect / 2, 0.0, 9.0) * (alphas < 0.5)
        loss = loss + np.where(np.abs(alphas - 1) <= 0.25, 0.0, 9.0) * (alphas >= 0.5)
        return pd.DataFrame(
            {
                "measure": "two_model_line",
                "label": "two_model_line[batch_norm=interpolated]",
                "options": json.dumps({"batch_norm": "interpolated"}),
                "quantity": "train_loss",
                "index": [json.dumps({"alpha": float(alpha)}) for alpha in alphas],
                "value": loss,
                decay: weight_decay,
            }
        )

    return rows


def tracks_lr_more(rows: pd.DataFrame) -> float:
    """Return |rho(adaptive sharpness, noise scale)| - |rho(adaptive sharpness, test error)| over a seed's cells."""
    noise = rank_correlation(adaptive, scale)(rows)
    error = rank_correlation(adaptive, test_error)(rows)
    return float(abs(noise) - abs(error))


def _ranks_example(effect: float) -> pd.DataFrame:
    """Return one seed's cells in which sharpness follows one of the two (by the sign of `effect`), the other not."""
    import pandas as pd

    followed = range(1, 8)
    ignored = [abs(place - 4) + 1 for place in followed]  # falls and rises: rank correlation 0
    tracked, missed = (followed, ignored) if effect > 0 else (ignored, followed)
    columns = {"adaptive_sharpness": followed, "noise_scale": tracked, "performance": missed}
    return pd.DataFrame(
        {
            "measure": family,
            "label": family,
            "quantity": "test_error" if family == "performance" else "value",
            "value": float(value),
            "cells": [str(cell)],
        }
        for family, values in columns.items()
        for cell, value in enumerate(values)
    )


keskar_sizes: Fields = {"large": 5000, "small": 256}
li_sizes: Fields = {"large": 8192, "small": 128}
cifar10: Fields = {"data": ("CIFAR10",), "profiles": ("full",)}
keskar: Fields = {
    "evidence": "read",
    "scope": Scope(data=("CIFAR10", "CIFAR100"), models=("KeskarC1",), profiles=("full",)),
    "population": {"arm": "keskar", "network": "keskar_c1"},
}
vgg9 = {"arm": "li", "network": "vgg9", "training": "SGD"}
li: Fields = {
    "evidence": "secondary",
    "scope": Scope(models=("VGG",), **cifar10),
    "population": vgg9,
}
grid = {"arm": ("matched_loss", "lr_batch"), "network": "vgg9"}
protocol = 'after the paper\'s protocol (100 epochs stand for "until the loss stops improving")'

paper = (
    Claim(
        id="S1.C1",
        statement=f"Large batches find sharper minima, {protocol}: Keskar sharpness (full space, epsilon 1e-3) of "
        "batch 5000 over that of batch 256 is above 1",
        source=f"{keskar_paper}, table 3",
        paper_value="CIFAR-10 (C1): 28.58 to 707.23, ratio 24.7; CIFAR-100 (C3): 29.85 to 258.75, ratio 8.7",
        reduce=large_over_small(keskar_full, **keskar_sizes),
        direction="greater",
        confirmatory=True,
        **quarter,
        **keskar,
    ),
    Claim(
        id="S1.C2",
        statement=f"The same holds in random 100-dimensional subspaces, {protocol}",
        source=f"{keskar_paper}, table 4",
        paper_value="CIFAR-10 (C1): 2.18 to 137.25, ratio 63.0; CIFAR-100 (C3): 17.02 to 236.03, ratio 13.9",
        reduce=large_over_small(keskar_subspace, **keskar_sizes),
        direction="greater",
        confirmatory=True,
        **quarter,
        **keskar,
    ),
    Claim(
        id="S1.C3",
        statement="Batch 5000 has a higher test error than batch 256, at training errors within a point of each other",
        source=f"{keskar_paper}, table 2",
        paper_value="test accuracy of batch 256 against 5000: CIFAR-10 (C1) 80.04 % against 77.26 %, "
        "CIFAR-100 (C3) 49.58 % against 46.45 %",
        reduce=large_minus_small(test_error, **keskar_sizes),
        direction="greater",
        also=(
            Leg(
                reduce=large_minus_small(train_error, **keskar_sizes),
                direction="equal",
                smallest_effect=0.01,
                unit="error",
            ),
        ),
        confirmatory=True,
        **half_point,
        **keskar,
    ),
    Claim(
        id="S1.C4",
        statement="Keskar sharpness and test error rise with the batch size, after 100 epochs",
        source=f"{keskar_paper}, figure 4",
        evidence="read",
        paper_value="figure only; threshold about 500 for C1",
        scope=Scope(models=("KeskarC1",), **cifar10),
        population={"arm": ("keskar", "keskar_sweep"), "network": "keskar_c1"},
        reduce=kendall_tau(keskar_full, factor="batch_size"),
        direction="greater",
        also=(Leg(reduce=kendall_tau(test_error, factor="batch_size"), direction="greater", **weak_rank),),
        confirmatory=True,
        **weak_rank,
    ),
    Claim(
        id="S1.C5",
        statement="Batch 256 ends farther from the initial weights than batch 5000",
        source=f"{keskar_paper}, section 4",
        paper_value="ratio 3 to 10",
        reduce=small_over_large(distance, **keskar_sizes),
        direction="greater",
        confirmatory=True,
        **quarter,
        **keskar,
    ),
    Claim(
        id="S1.C6",
        statement="Large-batch training that starts from later small-batch iterates ends in flatter minima with a "
        "lower test error",
        source=f"{keskar_paper}, figure 5",
        paper_value="figure only",
        reduce=kendall_tau(keskar_full, factor="start.step"),
        direction="less",
        also=(Leg(reduce=kendall_tau(test_error, factor="start.step"), direction="less", **weak_rank),),
        confirmatory=False,
        **weak_rank,
        **{**keskar, "population": {"arm": "warm_start", "network": "keskar_c1"}},
    ),
    Claim(
        id="S1.C7",
        statement="VGG-9 with SGD: batch 128 has the lower test error than batch 8192, without and with weight decay",
        source=f"{li_paper}, section 3",
        paper_value="7.37 % against 11.07 % (no decay), 6.0 % against 10.19 % (5e-4)",
        reduce=large_minus_small(at(test_error, decay, 0.0), **li_sizes),
        direction="greater",
        also=(
            Leg(
                reduce=large_minus_small(at(test_error, decay, 5e-4), **li_sizes),
                direction="greater",
                **half_point,
            ),
        ),
        confirmatory=True,
        **half_point,
        **li,
    ),
    Claim(
        id="S1.C8",
        statement="On the line between them (batch-norm statistics interpolated) the small batch's valley is the wider "
        "one without weight decay, and the large batch's with it (valley: loss within 0.5 nats of the end)",
        source=f"{li_paper}, figure 2",
        paper_value="figure only",
        reduce=small_wider_than_large(0.0),
        example=_line_example(0.0),
        direction="greater",
        also=(
            Leg(
                reduce=small_wider_than_large(5e-4),
                example=_line_example(5e-4),
                direction="less",
                **on_line,
            ),
        ),
        confirmatory=False,
        **on_line,
        **{**li, "population": {**vgg9, "measure": "two_model_line"}},
    ),
    Claim(
        id="S1.C9",
        statement="VGG-9 with SGD: the small batch ends with the larger weights without weight decay, and with the "
        "smaller ones with it (why, the paper says, S1.C8 flips)",
        source=f"{li_paper}, figure 2 (there weight norm and histograms)",
        paper_value="figure only",
        reduce=small_over_large(at(weight_norm, decay, 0.0), **li_sizes),
        direction="greater",
        also=(
            Leg(
                reduce=small_over_large(at(weight_norm, decay, 5e-4), **li_sizes),
                direction="less",
                **five_percent,
            ),
        ),
        confirmatory=True,
        **five_percent,
        **li,
    ),
    Claim(
        id="S1.C10",
        statement="Filter-normalized sharpness ranks the four VGG-9 solutions by test error",
        source=f"{li_paper}, section 4",
        paper_value="said to correlate; no number",
        reduce=rank_correlation(filter_normalized, test_error, kind="kendall"),
        direction="greater",
        confirmatory=True,
        **weak_rank,
        **{**li, "population": {**vgg9, "batch_size": (128, 8192), decay: (0.0, 5e-4)}},
    ),
    Claim(
        id="S1.C11",
        statement="ResNet-56 with SGD and weight decay 5e-4: batch 128 has the lower test error than batch 4096",
        source=f"{li_paper}, table 1",
        evidence="secondary",
        paper_value="5.89 % (128) against 10.59 % (4096)",
        scope=Scope(models=("ResNet",), **cifar10),
        population={"arm": "li", "network": "resnet56", "training": "SGD", decay: 5e-4},
        reduce=large_minus_small(test_error, large=4096, small=128),
        direction="greater",
        confirmatory=True,
        **half_point,
    ),
    Claim(
        id="S1.C12",
        statement="Over learning rates and batch sizes, at matched training loss: the larger the learning rate over "
        "the batch size, the smaller the largest Hessian eigenvalue (rank correlation)",
        source="Jastrzebski et al. 2018",
        evidence="memory",
        paper_value="negative correlation; no number",
        scope=Scope(models=("VGG",), **cifar10),
        population=grid,
        reduce=rank_correlation(scale, lambda_max),
        direction="less",
        confirmatory=True,
        **{**weak_rank, "unit": "rho"},
    ),
    Claim(
        id="S1.C14",
        statement="Over learning rates and batch sizes, at matched training loss: the rank correlation of adaptive "
        "sharpness with the learning rate over the batch size is stronger than that with test error (one number "
        "for the whole grid; the paper has a tau for every subgroup of its networks)",
        source="Andriushchenko et al. 2023",
        evidence="memory",
        paper_value="direction only",
        scope=Scope(models=("VGG",), **cifar10),
        population={**grid, "measure": ("adaptive_sharpness", "noise_scale", "performance")},
        reduce=tracks_lr_more,
        example=_ranks_example,
        direction="greater",
        confirmatory=False,
        **{**weak_rank, "unit": "difference of |rho|"},
    ),
)


def rescaled_over_original(number: Number) -> Any:
    """Return ln(rescaled network / the same before) of a number."""
    return log_ratio(number, factor="arm", first="rescaled", second="matched_loss")


def _depends(number: Number) -> Leg:
    return Leg(reduce=rescaled_over_original(number), direction="greater", **half_again)


mlp_on_digits = Scope(data=("Digits",), models=("MLP",))

on_digits = (
    Claim(
        id="S1.C13",
        statement="Rescaling two layers leaves the function and the weight-relative sharpness as they are (average "
        "direction, adaptive; filter-normalized), but changes the largest eigenvalue, Keskar's and SAM sharpness",
        source="Dinh et al. 2017 (the map T_alpha); the invariances follow from the definitions",
        evidence="secondary",
        paper_value="exact: the same function, its Hessian and sharpness changed at will",
        scope=mlp_on_digits,
        population=lambda rows: (
            rows["arm"].isin(["rescaled", "matched_loss"]) & (rows["batch_size"] == rows["batch_size"].min())
        ),
        reduce=rescaled_over_original(average_adaptive),
        also=(
            Leg(reduce=rescaled_over_original(filter_normalized), **same),
            _depends(lambda_max),
            _depends(keskar_full),
            _depends(sam),
        ),
        confirmatory=True,
        family=3,
        **same,
    ),
    Claim(
        id="S1.P1-digits",
        statement="Digits, MLP: compared after equal epochs instead of at equal training loss, the ratio of the "
        "largest eigenvalues of large and small batch comes out larger",
        source="lossbench; the Hessian of the cross-entropy vanishes with the loss (Jastrzebski et al. 2020)",
        evidence="read",
        paper_value="",
        scope=mlp_on_digits,
        population={"network": "mlp", "arm": ("matched_loss", "equal_epochs")},
        reduce=minus(
            large_over_small(at(lambda_max, "arm", "equal_epochs")),
            large_over_small(at(lambda_max, "arm", "matched_loss")),
        ),
        direction="greater",
        confirmatory=True,
        family=3,
        **quarter,
    ),
)

small_cnn_on_pictures = Scope(
    data=("CIFAR10", "CIFAR100", "FashionMNIST", "SVHN", "ImageFolder"), models=("SmallCNN",)
)
with_batch_norm = "Pictures, small CNN with batch norm"

of_digits = analogues("digits", where="Digits, MLP", scope=mlp_on_digits, network="mlp", family=2)
of_small_cnn = analogues(
    "small_cnn", where="Pictures, small CNN", scope=small_cnn_on_pictures, network="small_cnn", family=4
)
of_small_cnn_bn = analogues(
    "small_cnn_bn", where=with_batch_norm, scope=small_cnn_on_pictures, network="small_cnn_bn", family=5
)

claims = (
    *of_digits,
    *on_digits,
    *tuned(of_digits, network="mlp", family=6),
    *of_small_cnn,
    *tuned(of_small_cnn, network="small_cnn", family=7),
    *of_small_cnn_bn,
    *tuned(of_small_cnn_bn, network="small_cnn_bn", family=8),
    *paper,
)
definitions = (
    *matrices("digits", network="mlp"),
    *matrices("small_cnn", network="small_cnn"),
    *matrices("small_cnn_bn", network="small_cnn_bn"),
    DefinitionMatrix(
        claim="S1.C1",
        rows=_each_sharper(**keskar_sizes),
        columns={"100 epochs of Adam": keskar["population"]},
    ),
)
