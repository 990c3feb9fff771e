"""What the papers say about batch size and sharpness, as rules that records decide; see `protocol.md`."""

from __future__ import annotations

import math
from typing import Any

from benchmark.stats.claim import Claim, Scope
from benchmark.stats.matrix import DefinitionMatrix
from benchmark.stats.number import Number
from benchmark.stats.reduce import difference, kendall_tau, log_ratio, minus, rank_correlation, size, value
from benchmark.stats.table import (
    Definitions, Effect, Place, at, claim, equal, greater, identity, judged_in, less, matrices_in, row, tuned_in,
)

Fields = dict[str, Any]

quarter, half_again = Effect(math.log(1.25), "log ratio"), Effect(math.log(1.5), "log ratio")
five_percent, unchanged = Effect(math.log(1.05), "log ratio"), Effect(1e-3, "log ratio")
half_point, point, on_line = Effect(0.005, "error"), Effect(0.01, "error"), Effect(0.05, "alpha")
weak_rank, weak_rho = Effect(0.2, "tau", (-1, 1)), Effect(0.2, "rho", (-1, 1))
decay = "training.weight_decay"
no_decay: Fields = {decay: 0.0}
with_decay: Fields = {decay: 5e-4}
keskar, li = "Keskar et al. 2017", "Li et al. 2018"
figure = "figure only"

keskar_full, keskar_subspace = (
    Number(measure="keskar_sharpness", options={"space": space, "epsilon": 1e-3}) for space in ("full", "subspace")
)
sam, sam_one_step = (Number(measure="sam_sharpness", options={"method": name}) for name in ("ascent", "one_step"))
average, average_adaptive = (
    Number(measure="average_direction_sharpness", options={"adaptive": name, "rho": 0.1}) for name in (False, True)
)
adaptive, filter_normalized = Number(measure="adaptive_sharpness"), Number(measure="filter_normalized_sharpness")
lambda_max, trace = Number(measure="hessian_extremes", quantity="lambda_max"), Number(measure="hessian_trace")
train_error, test_error, generalization_gap = (
    Number(measure="performance", quantity=name) for name in ("train_error", "test_error", "gap")
)
distance, scale = Number(measure="distance_from_init"), Number(measure="noise_scale")
weight_norm = Number(measure="weight_norm", quantity="all")
sharpness = {
    "Keskar, full space": keskar_full,
    "Keskar, random subspace": keskar_subspace,
    "largest eigenvalue": lambda_max,
    "trace": trace,
    "SAM, ascent": sam,
    "SAM, one step": sam_one_step,
    "m-sharpness, m = 32": Number(measure="m_sharpness", options={"m": 32}),
    "m-sharpness, m = 8": Number(measure="m_sharpness", options={"m": 8}),
    "adaptive (ASAM)": adaptive,
    "average direction": average,
    "average direction, adaptive": average_adaptive,
    "filter-normalized": filter_normalized,
}


def sizes(first: Any, second: Any) -> Fields:
    """Return the contrast of two batch sizes."""
    return {"factor": "batch_size", "first": first, "second": second}


largest, smallest = sizes("max", "min"), sizes("min", "max")  # against the other end
of_5000, of_256 = sizes(5000, 256), sizes(256, 5000)  # Keskar et al.
of_8192, of_128 = sizes(8192, 128), sizes(128, 8192)  # Li et al.


def each_sharper(large: Fields) -> Definitions:
    """Return for each sharpness that it is larger for the large batch."""
    return {name: (greater(log_ratio(number, **large), quarter),) for name, number in sharpness.items()}


def small_wider_than_large(**where: Any) -> Any:
    """Return the width of the valley around the small-batch end of the line minus that around the large-batch end."""
    line: Fields = {"measure": "two_model_line", "options": {"batch_norm": "interpolated"}, "where": where}
    first, second = (value(Number(quantity=f"width_{end}", **line)) for end in ("first", "second"))
    return minus(first, second)


as_keskar = "section 2.2.2 (there as Keskar sharpness)"
six = "(six other networks and data sets)"
of_keskar: Fields = {"arm": "matched_loss", "evidence": "read"}
sharper = (
    ("S1.C1", "", "Keskar sharpness (full space, epsilon 1e-3)", keskar_full, "table 3", f"ratio 8.7 to 223 {six}"),
    ("S1.C1", "lambda_max", "the largest Hessian eigenvalue", lambda_max, as_keskar, ""),
    ("S1.C1", "trace", "the trace of the Hessian", trace, as_keskar, ""),
    ("S1.C1", "sam", "SAM sharpness (rho 0.05, ascent)", sam, as_keskar, ""),
    ("S1.C2", "", "Keskar sharpness in random subspaces", keskar_subspace, "table 4", f"ratio 12.1 to 83.8 {six}"),
)
everywhere = (
    *(row(name, f"{what} of the largest batch over that of the smallest is above 1",
          greater(log_ratio(number, **largest), quarter), ending=ending, tuned=True, source=f"{keskar}, {part}",
          paper=ratio, definitions=each_sharper(largest) if number is keskar_full else {}, **of_keskar)
      for name, ending, what, number, part, ratio in sharper),
    row("S1.C3", "the largest batch has the higher test error",
        greater(difference(test_error, **largest), half_point), tuned=True,
        source=f"{keskar}, table 2", paper=f"0.2 to 5.3 points {six}",
        definitions={name: (greater(difference(number, **largest), half_point),) for name, number in (
            ("test error", test_error), ("test error - training error", generalization_gap))}, **of_keskar),
    row("S1.C4", "the largest eigenvalue rises with the batch size",
        greater(kendall_tau(lambda_max, factor="batch_size"), weak_rank), confirmatory=False,
        source=f"{keskar}, figure 4 (there Keskar sharpness)", paper=figure, **of_keskar),
    row("S1.C5", "the smallest batch ends farther from the initial weights",
        greater(log_ratio(distance, **smallest), quarter), tuned=True,
        source=f"{keskar}, section 3", paper="ratio 3 to 10",
        definitions={"distance": (greater(log_ratio(distance, **smallest), quarter),)}, **of_keskar),
)
pictures = Scope(data=("CIFAR10", "CIFAR100", "FashionMNIST", "SVHN", "ImageFolder"), models=("SmallCNN",))
digits, small_cnn, small_cnn_bn, signals_mlp, signals_cnn = (
    Place(suffix=suffix, where=f"{where}, at matched training loss", scope=scope,
          population={**no_decay, "network": network}, family=family, tuned_family=tuned,
          columns={"matched loss": {"arm": "matched_loss"}, "equal epochs": {"arm": "equal_epochs"},
                   "matched loss, tuned learning rate": {"tuned": True}})
    for suffix, network, where, scope, family, tuned in (
        ("digits", "mlp", "Digits, MLP", Scope(data=("Digits",), models=("MLP",)), 2, 6),
        ("small_cnn", "small_cnn", "Pictures, small CNN", pictures, 4, 7),
        ("small_cnn_bn", "small_cnn_bn", "Pictures, small CNN with batch norm", pictures, 5, 8),
        ("mnist1d-mlp", "mlp_100", "MNIST-1D, MLP", Scope(data=("MNIST1D",), models=("MLP",)), 9, 11),
        ("mnist1d-cnn", "signal_cnn", "MNIST-1D, CNN", Scope(data=("MNIST1D",), models=("SignalCNN",)), 10, 12))
)

rescaled: Fields = {"factor": "arm", "first": "rescaled", "second": "matched_loss"}  # over the same before


def of_rescaling(name: str, place: Place, *, family: int) -> Claim:
    """Return the claim about rescaled networks of a place."""

    def log_change(number: Number) -> Any:
        return log_ratio(at(number, batch_size="min"), **rescaled)

    return claim(
        name, "Rescaling two layers leaves the function and the weight-relative sharpness as they are (average "
        "direction, adaptive; filter-normalized), but changes the largest eigenvalue, Keskar's and SAM sharpness",
        *(identity(log_change(number), unchanged) for number in (average_adaptive, filter_normalized)),
        *(greater(log_change(number), half_again) for number in (lambda_max, keskar_full, sam)),
        source="Dinh et al. 2017 (the map T_alpha); the invariances follow from the definitions",
        paper="exact: the same function, its Hessian and sharpness changed at will", evidence="secondary",
        scope=place.scope, family=family, of="" if name == "S1.C13" else "S1.C13",
        population={"network": place.population["network"], "arm": ("rescaled", "matched_loss")})


def of_equal_epochs(place: Place, *, family: int) -> Claim:
    """Return the claim about the confound of a place."""
    return claim(
        f"S1.P1-{place.suffix}", f"{place.where.partition(', at')[0]}: compared after equal epochs instead of at equal "
        "training loss, the ratio of the largest eigenvalues of large and small batch comes out larger",
        greater(minus(log_ratio(at(lambda_max, arm="equal_epochs"), **largest),
                      log_ratio(at(lambda_max, arm="matched_loss"), **largest)), quarter), of="S1.P1",
        source="lossbench; the Hessian of the cross-entropy vanishes with the loss (Jastrzebski et al. 2020)",
        evidence="read", scope=place.scope, family=family,
        population={"network": place.population["network"], "arm": ("matched_loss", "equal_epochs")})


cifar10: Fields = {"data": ("CIFAR10",), "profiles": ("full",)}
protocol = 'after the paper\'s protocol (100 epochs stand for "until the loss stops improving")'
keskar_networks: Fields = {"arm": "keskar", "network": "keskar_c1"}
vgg9: Fields = {"arm": "li", "network": "vgg9", "training": "SGD"}
grid: Fields = {"arm": ("matched_loss", "lr_batch"), "network": "vgg9"}
read: Fields = {
    "evidence": "read", "scope": Scope(data=("CIFAR10", "CIFAR100"), models=("KeskarC1",), profiles=("full",)),
}
read_on_cifar10: Fields = {"evidence": "read", "scope": Scope(models=("KeskarC1",), **cifar10)}
seen: Fields = {"evidence": "secondary", "scope": Scope(models=("VGG",), **cifar10)}
paper = (
    claim("S1.C1", f"Large batches find sharper minima, {protocol}: Keskar sharpness (full space, epsilon 1e-3) of "
          "batch 5000 over that of batch 256 is above 1",
          greater(log_ratio(keskar_full, **of_5000), quarter), source=f"{keskar}, table 3",
          paper="CIFAR-10 (C1): 28.58 to 707.23, ratio 24.7; CIFAR-100 (C3): 29.85 to 258.75, ratio 8.7",
          population=keskar_networks, **read),
    claim("S1.C2", f"The same holds in random 100-dimensional subspaces, {protocol}",
          greater(log_ratio(keskar_subspace, **of_5000), quarter), source=f"{keskar}, table 4",
          paper="CIFAR-10 (C1): 2.18 to 137.25, ratio 63.0; CIFAR-100 (C3): 17.02 to 236.03, ratio 13.9",
          population=keskar_networks, **read),
    claim("S1.C3", "Batch 5000 has a higher test error than batch 256, at training errors within a point of each other",
          greater(difference(test_error, **of_5000), half_point),
          equal(difference(train_error, **of_5000), point), source=f"{keskar}, table 2",
          paper="test accuracy of batch 256 against 5000: CIFAR-10 (C1) 80.04 % against 77.26 %, CIFAR-100 (C3) 49.58 "
          "% against 46.45 %", population=keskar_networks, **read),
    claim("S1.C4", "Keskar sharpness and test error rise with the batch size, after 100 epochs",
          *(greater(kendall_tau(number, factor="batch_size"), weak_rank) for number in (keskar_full, test_error)),
          source=f"{keskar}, figure 4", paper="figure only; threshold about 500 for C1",
          population={"arm": ("keskar", "keskar_sweep"), "network": "keskar_c1"}, **read_on_cifar10),
    claim("S1.C5", "Batch 256 ends farther from the initial weights than batch 5000",
          greater(log_ratio(distance, **of_256), quarter), source=f"{keskar}, section 3",
          paper="ratio 3 to 10", population=keskar_networks, **read),
    claim("S1.C6", "Large-batch training that starts from later small-batch iterates ends in flatter minima with a "
          "lower test error",
          *(less(kendall_tau(number, factor="start.step"), weak_rank) for number in (keskar_full, test_error)),
          source=f"{keskar}, figure 5", paper=figure, confirmatory=False,
          population={"arm": "warm_start", "network": "keskar_c1"}, **read_on_cifar10),
    claim("S1.C7", "VGG-9 with SGD: batch 128 has the lower test error than batch 8192, without and with weight decay",
          *(greater(difference(at(test_error, **of), **of_8192), half_point) for of in (no_decay, with_decay)),
          source=f"{li}, section 5", paper="7.37 % against 11.07 % (no decay), 6.0 % against 10.19 % (5e-4)",
          population=vgg9, **seen),
    claim("S1.C8", "On the line between them (batch-norm statistics interpolated) the small batch's valley is the "
          "wider one without weight decay, and the large batch's with it (valley: loss within 0.5 nats of the end)",
          greater(small_wider_than_large(**no_decay), on_line), less(small_wider_than_large(**with_decay), on_line),
          source=f"{li}, figure 2", paper=figure, confirmatory=False, population=vgg9, **seen),
    claim("S1.C9", "VGG-9 with SGD: the small batch ends with the larger weights without weight decay, and with the "
          "smaller ones with it (why, the paper says, S1.C8 flips)",
          greater(log_ratio(at(weight_norm, **no_decay), **of_128), five_percent),
          less(log_ratio(at(weight_norm, **with_decay), **of_128), five_percent),
          source=f"{li}, figure 2 (there weight norm and histograms)", paper=figure, population=vgg9, **seen),
    claim("S1.C10", "Filter-normalized sharpness ranks the four VGG-9 solutions by test error",
          greater(rank_correlation(filter_normalized, test_error, kind="kendall"), weak_rank),
          source=f"{li}, section 5", paper="said to correlate; no number",
          population={**vgg9, "batch_size": (128, 8192), decay: (0.0, 5e-4)}, **seen),
    claim("S1.C11", "ResNet-56 with SGD and weight decay 5e-4: batch 128 has the lower test error than batch 4096",
          greater(difference(test_error, **sizes(4096, 128)), half_point), source=f"{li}, appendix",
          evidence="secondary", paper="5.89 % (128) against 10.59 % (4096)", scope=Scope(models=("ResNet",), **cifar10),
          population={"arm": "li", "network": "resnet56", "training": "SGD", **with_decay}),
    claim("S1.C12", "Over learning rates and batch sizes, at matched training loss: the larger the learning rate over "
          "the batch size, the smaller the largest Hessian eigenvalue (rank correlation)",
          less(rank_correlation(scale, lambda_max), weak_rho), source="Jastrzebski et al. 2018, section 4.1",
          paper="figure only, of the norm of the Hessian", population=grid, **{**seen, "evidence": "read"}),
    claim("S1.C14", "Over learning rates and batch sizes, at matched training loss: the rank correlation of adaptive "
          "sharpness with the learning rate over the batch size is stronger than that with test error (one number for "
          "the whole grid; the paper has a tau for every subgroup of its networks)",
          greater(minus(*(size(rank_correlation(adaptive, other)) for other in (scale, test_error))),
                  Effect(0.2, "difference of |rho|", (-1, 1))), source="Andriushchenko et al. 2023, abstract",
          paper="direction only, there of the learning rate alone", confirmatory=False, population=grid,
          **{**seen, "evidence": "read"}),
)

places = (digits, small_cnn, small_cnn_bn, signals_mlp, signals_cnn)
words = "With the learning rate tuned for each batch size"
others = {
    digits.suffix: (of_rescaling("S1.C13", digits, family=3), of_equal_epochs(digits, family=3)),
    signals_mlp.suffix: (
        of_rescaling("S1.C13-mnist1d-mlp", signals_mlp, family=13), of_equal_epochs(signals_mlp, family=13)),
    signals_cnn.suffix: (of_equal_epochs(signals_cnn, family=13),),
}
claims = (
    *(one for place in places for one in (
        *judged_in(place, everywhere), *others.get(place.suffix, ()), *tuned_in(place, everywhere, words=words))),
    *paper,
)
definitions = (
    *(matrix for place in places for matrix in matrices_in(place, everywhere)),
    DefinitionMatrix(claim="S1.C1", rows=each_sharper(of_5000), columns={"100 epochs of Adam": keskar_networks}),
)
