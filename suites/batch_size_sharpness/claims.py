"""What the papers say about batch size and sharpness, as rules that records decide.

Smallest effects were fixed before the first run: a quarter for ratios of sharpness and distance, half a point of
error, 0.2 for rank correlations. An analogue on other data or models has an id of its own.
"""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

from benchmark.stats.claim import Claim, Leg, Scope
from benchmark.stats.number import Number
from benchmark.stats.reduce import difference, kendall_tau, log_ratio, minus, rank_correlation

if TYPE_CHECKING:
    import pandas as pd

quarter = math.log(1.25)
half_point = 0.005
weak_rank = 0.2
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
test_error = Number(measure="performance", quantity="test_error")
distance = Number(measure="distance_from_init")
weight_norm = Number(measure="weight_norm", quantity="all")
scale = Number(measure="noise_scale")


def large_over_small(number: Number, **where: Any) -> Any:
    """Return ln(largest batch / smallest batch) of a number."""
    return log_ratio(_where(number, where), factor="batch_size", first="max", second="min")


def small_over_large(number: Number, **where: Any) -> Any:
    """Return ln(smallest batch / largest batch) of a number."""
    return log_ratio(_where(number, where), factor="batch_size", first="min", second="max")


def large_minus_small(number: Number, **where: Any) -> Any:
    """Return largest batch minus smallest batch of a number."""
    return difference(_where(number, where), factor="batch_size", first="max", second="min")


def _where(number: Number, where: dict[str, Any]) -> Number:
    renamed = {name.replace("__", "."): value for name, value in where.items()}
    return dataclasses.replace(number, where={**number.where, **renamed})


def analogues(
    suffix: str, *, where: str, scope: Scope, population: dict[str, Any], family: int
) -> tuple[Claim, ...]:
    """Return Keskar's claims at matched training loss for other data and networks, as a family of their own."""
    common: dict[str, Any] = {
        "evidence": "read",
        "scope": scope,
        "population": {"arm": "matched_loss", "training.weight_decay": 0.0, **population},
        "family": family,
    }
    sharper = {
        "direction": "greater",
        "smallest_effect": quarter,
        "unit": "log ratio",
        "confirmatory": True,
        **common,
    }
    factor_of = "of the largest batch over that of the smallest is above 1"
    return (
        Claim(
            id=f"S1.C1-{suffix}",
            statement=f"{where}, at matched training loss: Keskar sharpness (full space, epsilon 1e-3) {factor_of}",
            source=f"{keskar_paper}, table 3",
            paper_value="ratio 8.7 to 223 (six other networks and data sets)",
            reduce=large_over_small(keskar_full),
            **sharper,
        ),
        Claim(
            id=f"S1.C1-{suffix}-lambda_max",
            statement=f"{where}, at matched training loss: the largest Hessian eigenvalue {factor_of}",
            source=f"{keskar_paper}, section 2.2.2 (there as Keskar sharpness)",
            paper_value="",
            reduce=large_over_small(lambda_max),
            **sharper,
        ),
        Claim(
            id=f"S1.C1-{suffix}-trace",
            statement=f"{where}, at matched training loss: the trace of the Hessian {factor_of}",
            source=f"{keskar_paper}, section 2.2.2 (there as Keskar sharpness)",
            paper_value="",
            reduce=large_over_small(trace),
            **sharper,
        ),
        Claim(
            id=f"S1.C1-{suffix}-sam",
            statement=f"{where}, at matched training loss: SAM sharpness (rho 0.05, ascent) {factor_of}",
            source=f"{keskar_paper}, section 2.2.2 (there as Keskar sharpness)",
            paper_value="",
            reduce=large_over_small(sam),
            **sharper,
        ),
        Claim(
            id=f"S1.C2-{suffix}",
            statement=f"{where}, at matched training loss: Keskar sharpness in random subspaces {factor_of}",
            source=f"{keskar_paper}, table 4",
            paper_value="ratio 5.7 to 84 (six other networks and data sets)",
            reduce=large_over_small(keskar_subspace),
            **sharper,
        ),
        Claim(
            id=f"S1.C3-{suffix}",
            statement=f"{where}, at matched training loss: the largest batch has the higher test error",
            source=f"{keskar_paper}, table 2",
            paper_value="0.2 to 5.3 points (six other networks and data sets)",
            reduce=large_minus_small(test_error),
            direction="greater",
            smallest_effect=half_point,
            unit="error",
            confirmatory=True,
            **common,
        ),
        Claim(
            id=f"S1.C4-{suffix}",
            statement=f"{where}, at matched training loss: the largest eigenvalue rises with the batch size",
            source=f"{keskar_paper}, figure 4 (there Keskar sharpness)",
            paper_value="figure only",
            reduce=kendall_tau(lambda_max, factor="batch_size"),
            direction="greater",
            smallest_effect=weak_rank,
            unit="tau",
            bounds=(-1, 1),
            confirmatory=False,
            **common,
        ),
        Claim(
            id=f"S1.C5-{suffix}",
            statement=f"{where}, at matched training loss: the smallest batch ends farther from the initial weights",
            source=f"{keskar_paper}, section 4",
            paper_value="ratio 3 to 10",
            reduce=small_over_large(distance),
            direction="greater",
            smallest_effect=quarter,
            unit="log ratio",
            confirmatory=True,
            **common,
        ),
    )


def valley_width(rows: pd.DataFrame, end: int) -> float:
    """Return the length of the interval of alpha around one end of the line in which the loss is <= its own + 0.5."""
    points = sorted(
        (json.loads(text)["alpha"], value) for text, value in zip(rows["index"], rows["value"], strict=True)
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


def small_wider_than_large(decay: float) -> Any:
    """Return the reduction: width around the small-batch end minus that around the large-batch end."""

    def reduce(rows: pd.DataFrame) -> float:
        line = rows[
            (rows["measure"] == "two_model_line")
            & (rows["quantity"] == "train_loss")
            & (rows["training.weight_decay"] == decay)
        ]
        if (line["status"] != "done").any():
            return math.nan
        return valley_width(line, 0) - valley_width(line, 1)

    return reduce


def _line_example(decay: float) -> Any:
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
                "label": "two_model_line",
                "quantity": "train_loss",
                "index": [json.dumps({"alpha": float(alpha)}) for alpha in alphas],
                "value": loss,
                "status": "done",
                "training.weight_decay": decay,
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
    rows = [
        {
            "measure": family,
            "label": family,
            "index": "",
            "value": float(value),
            "status": "done",
            "cells": [str(cell)],
        }
        | {"quantity": "test_error" if family == "performance" else "value"}
        for family, values in columns.items()
        for cell, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


vgg9 = {"arm": "li", "network": "vgg9", "training": "SGD"}
keskar_scope = Scope(data=("CIFAR10", "CIFAR100"), models=("KeskarC1",), profiles=("full",))
vgg_scope = Scope(data=("CIFAR10",), models=("VGG",), profiles=("full",))

paper = (
    Claim(
        id="S1.C1",
        statement="Large batches find sharper minima: Keskar sharpness (full space, epsilon 1e-3) of the largest batch "
        "over that of the smallest is above 1",
        source=f"{keskar_paper}, table 3",
        evidence="read",
        paper_value="C1: 28.6 (SB) to 707 (LB), ratio 25",
        scope=keskar_scope,
        population={"arm": "keskar", "network": "keskar_c1"},
        reduce=large_over_small(keskar_full),
        direction="greater",
        smallest_effect=quarter,
        unit="log ratio",
        confirmatory=True,
    ),
    Claim(
        id="S1.C2",
        statement="The same holds in random 100-dimensional subspaces",
        source=f"{keskar_paper}, table 4",
        evidence="read",
        paper_value="C1: 2.18 (SB) to 137 (LB), ratio 63",
        scope=keskar_scope,
        population={"arm": "keskar", "network": "keskar_c1"},
        reduce=large_over_small(keskar_subspace),
        direction="greater",
        smallest_effect=quarter,
        unit="log ratio",
        confirmatory=True,
    ),
    Claim(
        id="S1.C3",
        statement="Large batches generalize worse at comparable training accuracy",
        source=f"{keskar_paper}, table 2",
        evidence="read",
        paper_value="C1: 80.04 % (SB) against 77.26 % (LB) test accuracy",
        scope=keskar_scope,
        population={"arm": "keskar", "network": "keskar_c1"},
        reduce=large_minus_small(test_error),
        direction="greater",
        smallest_effect=half_point,
        unit="error",
        confirmatory=True,
    ),
    Claim(
        id="S1.C4",
        statement="Sharpness and test error rise with the batch size",
        source=f"{keskar_paper}, figure 4",
        evidence="read",
        paper_value="figure only; threshold about 500 for C1",
        scope=vgg_scope,
        population={"arm": "matched_loss", "network": "vgg9"},
        reduce=kendall_tau(keskar_full, factor="batch_size"),
        direction="greater",
        smallest_effect=weak_rank,
        unit="tau",
        bounds=(-1, 1),
        also=(
            Leg(
                reduce=kendall_tau(test_error, factor="batch_size"),
                direction="greater",
                smallest_effect=weak_rank,
                unit="tau",
                bounds=(-1, 1),
            ),
        ),
        confirmatory=True,
    ),
    Claim(
        id="S1.C5",
        statement="Small batches end farther from the initial weights than large ones",
        source=f"{keskar_paper}, section 4",
        evidence="read",
        paper_value="ratio 3 to 10",
        scope=keskar_scope,
        population={"arm": "keskar", "network": "keskar_c1"},
        reduce=small_over_large(distance),
        direction="greater",
        smallest_effect=quarter,
        unit="log ratio",
        confirmatory=True,
    ),
    Claim(
        id="S1.C6",
        statement="Large-batch training that starts from later small-batch iterates ends in flatter minima",
        source=f"{keskar_paper}, figure 5",
        evidence="read",
        paper_value="figure only",
        scope=keskar_scope,
        population={"arm": "warm_start", "network": "keskar_c1"},
        reduce=kendall_tau(keskar_full, factor="start.step"),
        direction="less",
        smallest_effect=weak_rank,
        unit="tau",
        bounds=(-1, 1),
        confirmatory=False,
    ),
    Claim(
        id="S1.C7",
        statement="VGG-9 with SGD: batch 128 has the lower test error than batch 8192, without and with weight decay",
        source=f"{li_paper}, section 3",
        evidence="secondary",
        paper_value="7.37 % against 11.07 % (no decay), 6.0 % against 10.19 % (5e-4)",
        scope=vgg_scope,
        population=vgg9,
        reduce=large_minus_small(test_error, training__weight_decay=0.0),
        direction="greater",
        smallest_effect=half_point,
        unit="error",
        also=(
            Leg(
                reduce=large_minus_small(test_error, training__weight_decay=5e-4),
                direction="greater",
                smallest_effect=half_point,
                unit="error",
            ),
        ),
        confirmatory=True,
    ),
    Claim(
        id="S1.C8",
        statement="On the line between them the small batch's valley is the wider one without weight decay, and the "
        "large batch's with it (valley: loss within 0.5 nats of the end)",
        source=f"{li_paper}, figure 2",
        evidence="secondary",
        paper_value="figure only",
        scope=vgg_scope,
        population=vgg9,
        reduce=small_wider_than_large(0.0),
        example=_line_example(0.0),
        direction="greater",
        smallest_effect=0.05,
        unit="alpha",
        also=(
            Leg(
                reduce=small_wider_than_large(5e-4),
                example=_line_example(5e-4),
                direction="less",
                smallest_effect=0.05,
                unit="alpha",
            ),
        ),
        confirmatory=False,
    ),
    Claim(
        id="S1.C9",
        statement="The cause is the scale of the weights: the small batch has the larger ones without weight decay, "
        "and the smaller ones with it",
        source=f"{li_paper}, figure 2 (histograms)",
        evidence="secondary",
        paper_value="figure only",
        scope=vgg_scope,
        population=vgg9,
        reduce=small_over_large(weight_norm, training__weight_decay=0.0),
        direction="greater",
        smallest_effect=math.log(1.05),
        unit="log ratio",
        also=(
            Leg(
                reduce=small_over_large(weight_norm, training__weight_decay=5e-4),
                direction="less",
                smallest_effect=math.log(1.05),
                unit="log ratio",
            ),
        ),
        confirmatory=True,
    ),
    Claim(
        id="S1.C10",
        statement="Filter-normalized sharpness ranks the four VGG-9 solutions by test error",
        source=f"{li_paper}, section 4",
        evidence="secondary",
        paper_value="said to correlate; no number",
        scope=vgg_scope,
        population=vgg9,
        reduce=rank_correlation(filter_normalized, test_error, kind="kendall"),
        direction="greater",
        smallest_effect=weak_rank,
        unit="tau",
        bounds=(-1, 1),
        confirmatory=True,
    ),
    Claim(
        id="S1.C11",
        statement="ResNet-56 with SGD and weight decay 5e-4: the small batch has the lower test error",
        source=f"{li_paper}, table 1",
        evidence="secondary",
        paper_value="5.89 % (128) against 10.59 % (4096)",
        scope=Scope(data=("CIFAR10",), models=("ResNet",), profiles=("full",)),
        population={"arm": "li", "network": "resnet56", "training": "SGD", "training.weight_decay": 5e-4},
        reduce=large_minus_small(test_error),
        direction="greater",
        smallest_effect=half_point,
        unit="error",
        confirmatory=True,
    ),
    Claim(
        id="S1.C12",
        statement="The ratio of learning rate to batch size sets the curvature at the end: the larger the ratio, the "
        "smaller the largest Hessian eigenvalue",
        source="Jastrzebski et al. 2018",
        evidence="memory",
        paper_value="negative correlation; no number",
        scope=vgg_scope,
        population={"arm": ("matched_loss", "lr_batch"), "network": "vgg9"},
        reduce=rank_correlation(scale, lambda_max),
        direction="less",
        smallest_effect=weak_rank,
        unit="rho",
        bounds=(-1, 1),
        confirmatory=True,
    ),
    Claim(
        id="S1.C14",
        statement="Sharpness tracks the learning rate over the batch size more closely than it tracks test error",
        source="Andriushchenko et al. 2023",
        evidence="memory",
        paper_value="direction only",
        scope=vgg_scope,
        population={"arm": ("matched_loss", "lr_batch"), "network": "vgg9"},
        reduce=tracks_lr_more,
        example=_ranks_example,
        direction="greater",
        smallest_effect=weak_rank,
        unit="difference of |rho|",
        bounds=(-1, 1),
        confirmatory=False,
    ),
)


def rescaled_over_original(number: Number) -> Any:
    """Return ln(rescaled network / the same before) of a number."""
    return log_ratio(number, factor="arm", first="rescaled", second="matched_loss")


def _depends(number: Number) -> Leg:
    return Leg(
        reduce=rescaled_over_original(number),
        direction="greater",
        smallest_effect=math.log(1.5),
        unit="log ratio",
    )


def _is_invariant(number: Number) -> Leg:
    return Leg(
        reduce=rescaled_over_original(number), direction="identity", smallest_effect=1e-3, unit="log ratio"
    )


reparametrization = (
    Claim(
        id="S1.C13",
        statement="Rescaling two layers leaves the function and the weight-relative sharpness as they are (average "
        "direction, adaptive; filter-normalized), but changes the largest eigenvalue, Keskar's and SAM sharpness",
        source="Dinh et al. 2017, section 3",
        evidence="read",
        paper_value="exact",
        scope=Scope(data=("Digits",), models=("MLP",)),
        population=lambda rows: (
            rows["arm"].isin(["rescaled", "matched_loss"]) & (rows["batch_size"] == rows["batch_size"].min())
        ),
        reduce=rescaled_over_original(average_adaptive),
        direction="identity",
        smallest_effect=1e-3,
        unit="log ratio",
        also=(_is_invariant(filter_normalized), _depends(lambda_max), _depends(keskar_full), _depends(sam)),
        confirmatory=True,
        family=3,
    ),
)

confound = (
    Claim(
        id="S1.P1-digits",
        statement="Digits, MLP: compared after equal epochs instead of at equal training loss, the ratio of the "
        "largest eigenvalues of large and small batch comes out larger",
        source="lossbench; the Hessian of the cross-entropy vanishes with the loss (Jastrzebski et al. 2020)",
        evidence="read",
        paper_value="",
        scope=Scope(data=("Digits",), models=("MLP",)),
        population={"network": "mlp", "arm": ("matched_loss", "equal_epochs")},
        reduce=minus(
            large_over_small(lambda_max, arm="equal_epochs"), large_over_small(lambda_max, arm="matched_loss")
        ),
        direction="greater",
        smallest_effect=quarter,
        unit="log ratio",
        confirmatory=True,
        family=3,
    ),
)

pictures = ("CIFAR10", "CIFAR100", "FashionMNIST", "SVHN", "ImageFolder")

claims = (
    *analogues(
        "digits",
        where="Digits, MLP",
        scope=Scope(data=("Digits",), models=("MLP",)),
        population={"network": "mlp"},
        family=2,
    ),
    *reparametrization,
    *confound,
    *analogues(
        "small_cnn",
        where="Pictures, small CNN",
        scope=Scope(data=pictures, models=("SmallCNN",)),
        population={"network": "small_cnn"},
        family=4,
    ),
    *analogues(
        "small_cnn_bn",
        where="Pictures, small CNN with batch norm",
        scope=Scope(data=pictures, models=("SmallCNN",)),
        population={"network": "small_cnn_bn"},
        family=5,
    ),
    *paper,
)
