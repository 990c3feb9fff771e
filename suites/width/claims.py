"""What the papers say about width and the loss landscape, as rules that records decide; see `protocol.md`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmark.stats.claim import Claim, Leg, Scope
from benchmark.stats.matrix import DefinitionMatrix
from benchmark.stats.number import Number
from benchmark.stats.reduce import difference, hump, kendall_tau, value
from benchmark.stats.table import (
    Definitions, Effect, Place, at, claim, equal, greater, identity, judged_in, less, matrices_in, row, tuned_in,
)

Fields = dict[str, Any]

half_point, connected, tenth_of_a_nat = Effect(0.005, "error"), Effect(0.02, "error"), Effect(0.1, "nats")
weak_rank, share = Effect(0.2, "tau", (-1, 1)), Effect(0.05, "share of the surface")
li, entezari, fort = "Li et al. 2018, wide and thin models", "Entezari et al. 2022", "Fort and Jastrzebski 2019"
against_width, against_depth = f"{entezari}, section 2.2 and figure 2", f"{entezari}, figure 3"
reproduced = "the values from an independent reproduction"
matching = f"{entezari} (conjecture); Ainsworth et al. 2022 (weight matching); {reproduced}"
figure, direction = "figure only", "direction only"
on_training_data = "figure only, of barriers on training data"

test_error = Number(measure="performance", quantity="test_error", aggregate="mean")
gap = replace(test_error, quantity="gap")
test_loss = Number(measure="performance", quantity="test_loss")
chaos = Number(measure="loss_surface", quantity="negative_fraction")
radial = Number(measure="radial_width", quantity="value")


def barriers(**options: Any) -> dict[str, tuple[Number, Effect]]:
    """Return every barrier that is measured, by its name, and the smallest effect of its kind."""
    return {
        f"{split} {what}, {name}": (
            Number(measure="barrier", options=options, quantity=f"{kind}_{split}_{what}"),
            connected if what == "error" else tenth_of_a_nat,
        )
        for kind, name in (("frankle", "Frankle"), ("entezari", "Entezari"), ("mid", "middle of the line"))
        for split in ("test", "train")
        for what in ("error", "loss")
    }


every_barrier = barriers(batch_norm="recalibrated")
error_barrier, loss_barrier = every_barrier["test error, Frankle"][0], every_barrier["train loss, Entezari"][0]
middle_barrier = every_barrier["test error, middle of the line"][0]


def narrow_minus_wide(number: Number, *, narrow: Any = "min", wide: Any = "max") -> Any:
    """Return narrow minus wide network of a number."""
    return difference(number, factor="width", first=narrow, second=wide)


def vanishes(number: Number, effect: Effect) -> tuple[Leg, Leg]:
    """Return the legs: near 0 once units are matched, and higher before."""
    drop = difference(number, factor="member", first="second", second="matched")
    return equal(value(at(number, member="matched")), effect), greater(drop, effect)


def falls(numbers: dict[str, tuple[Number, Effect]]) -> Definitions:
    """Return for each number that it is lower for the widest network than for the narrowest."""
    return {name: (greater(narrow_minus_wide(number), effect),) for name, (number, effect) in numbers.items()}


def stays(numbers: dict[str, tuple[Number, Effect]]) -> Definitions:
    """Return for each number that it is the same for the widest network as for the narrowest."""
    return {name: (equal(narrow_minus_wide(number), effect),) for name, (number, effect) in numbers.items()}


of_barriers: Fields = {"paper": on_training_data, "evidence": "secondary"}
both: Fields = {"member": ("first", "second")}
second: Fields = {"member": "second"}
everywhere = (
    row("S3.C1", "the widest network has a lower test error than the narrowest",
        greater(narrow_minus_wide(test_error), half_point), tuned=True, arm="width", among=both,
        source=f"{li} (there ResNet-56 with shortcuts)", evidence="secondary",
        paper="5.89 % at 16 channels, 3.93 % at 128 (ResNet-56, CIFAR-10)",
        definitions=falls({"test error": (test_error, half_point), "test error - training error": (gap, half_point)})),
    row("S3.C3", "of the loss surface, a smaller share curves down around the widest network than around the narrowest",
        greater(narrow_minus_wide(chaos), share), arm="width", confirmatory=False,
        source=f"{li} (there ResNet-56 without shortcuts)", evidence="secondary", paper=figure),
    row("S3.C4", "between two networks as they were trained, the barrier in test error is lower for the widest than "
        "for the narrowest (the falling branch)",
        greater(narrow_minus_wide(error_barrier), connected), arm="width", among=second, tuned=True,
        source=against_width, definitions=falls(every_barrier), **of_barriers),
    row("S3.C4", "the same of the barrier in training loss", greater(narrow_minus_wide(loss_barrier), tenth_of_a_nat),
        ending="loss", confirmatory=False, arm="width", among=second, source=f"{entezari}, equation 1", **of_barriers),
    row("S3.C4", "over the widths, the barrier in test error first rises to a peak and then falls",
        greater(hump(error_barrier, factor="width"), connected), ending="peak", confirmatory=False, arm="width",
        among={**second, "measure": "barrier", "quantity": "frankle_test_error"}, source=against_width, **of_barriers),
    row("S3.C6", "between the widest networks the barrier in test error is near 0 once the hidden units of one are "
        "permuted to match the other's, and higher before",
        *vanishes(at(error_barrier, width="max"), connected), arm="width", tuned=True,
        source=f"{matching} on Fashion-MNIST", evidence="secondary",
        paper="from 0.07 to at most 0.006 (MLP of 256 units or more, Fashion-MNIST)",
        definitions={name: vanishes(at(one, width="max"), effect) for name, (one, effect) in every_barrier.items()}),
    row("S3.C7", "the radial width grows with the width of the network",
        greater(kendall_tau(radial, factor="width"), weak_rank), ending="width", arm="width",
        source=fort, paper=direction),
)
on_mlps = (
    row("S3.C5", "between two networks as they were trained, the barrier in test error is higher for the deepest than "
        "for one hidden layer",
        greater(difference(error_barrier, factor="depth", first="max", second="min"), connected),
        arm=("width", "depth"), among=second, source=against_depth, **of_barriers),
    *(row("S3.C7", f"the radial width grows with the {name}",
          greater(kendall_tau(radial, factor=factor), weak_rank), ending=factor, arm=("width", factor),
          source=fort, paper=direction)
      for factor, name in {"lr": "learning rate", "weight_decay": "weight decay"}.items()),
)

fixed_or_tuned: Fields = {"fixed learning rate": {"arm": "width"}, "tuned learning rate": {"tuned": True}}
of_mlps: Fields = {
    "population": {"network": "mlp"}, "columns": {**fixed_or_tuned, "maximal-update parametrization": {"arm": "mup"}},
}
pictures: Fields = {
    "data": ("CIFAR10", "CIFAR100", "FashionMNIST", "MNIST", "SVHN", "ImageFolder"), "profiles": ("ci", "pictures"),
}
digits = Place(suffix="digits", where="Digits, MLP", scope=Scope(data=("Digits",), models=("MLP",)),
               family=2, tuned_family=5, **of_mlps)
mlp = Place(suffix="mlp", where="Pictures, MLP", scope=Scope(models=("MLP",), **pictures),
            family=3, tuned_family=6, **of_mlps)
small_cnn = Place(suffix="small_cnn", where="Pictures, small CNN", scope=Scope(models=("SmallCNN",), **pictures),
                  population={"network": "small_cnn"}, columns=fixed_or_tuned, family=4, tuned_family=7)
of_signals = Scope(data=("MNIST1D",), models=("MLP",))
signals_mlp = Place(suffix="mnist1d-mlp", where="MNIST-1D, MLP", scope=of_signals, family=8, tuned_family=11, **of_mlps)
signals_mlp_2 = Place(suffix="mnist1d-mlp_2", where="MNIST-1D, MLP with two hidden layers", scope=of_signals,
                      population={"network": "mlp_2"}, columns=fixed_or_tuned, family=9, tuned_family=12)
signals_cnn = Place(suffix="mnist1d-cnn", where="MNIST-1D, CNN", scope=replace(of_signals, models=("SignalCNN",)),
                    population={"network": "signal_cnn"}, columns=fixed_or_tuned, family=10, tuned_family=13)


def of_mlps_in(place: Place) -> tuple[Claim, ...]:
    """Return what is claimed of the MLPs of a place alone."""
    common: Fields = {"scope": place.scope, "family": place.family}
    return (
        claim(f"S3.C8-{place.suffix}", f"{place.where}, a fifth of the training labels wrong: over the widths, the "
              "test error falls, rises to a peak and falls again",
              greater(hump(test_error, factor="width"), connected), of="S3.C8", source="Nakkiran et al. 2020",
              population={"arm": "label_noise", "network": "mlp", "measure": "performance", "quantity": "test_error"},
              confirmatory=False, **common),
        claim(f"S3.P1-{place.suffix}", f"{place.where} in the maximal-update parametrization, where a step does not "
              "change with the width: the barrier in test error is again lower for the widest than for the narrowest "
              "networks",
              greater(narrow_minus_wide(error_barrier), connected), of="S3.P1",
              source="lossbench; width and size of a step are confounded at a fixed learning rate (Yang and Hu 2021)",
              population={"arm": "mup", "network": "mlp", **second}, **common),
        claim(f"S3.P2-{place.suffix}", f"{place.where}: permuting hidden units leaves the function as it is",
              identity(difference(at(test_loss, width="max"), factor="member", first="matched", second="second"),
                       Effect(1e-5, "nats")),
              of="S3.P2", source="follows from the definition", evidence="read",
              population={"arm": "width", "network": "mlp"}, **common),
        claim(f"S3.P3-{place.suffix}", f"{place.where}: in absolute terms, not in units of the weights' norm, the "
              "distance to the rise of the loss shrinks as the weight decay grows, so that "
              f"S3.C7-{place.suffix}-weight_decay is about the unit",
              less(kendall_tau(replace(radial, quantity="distance"), factor="weight_decay"), weak_rank), of="S3.P3",
              source="lossbench; the radial width is in units of the norm that weight decay makes smaller",
              evidence="read", population={"network": "mlp", "arm": ("width", "weight_decay")}, confirmatory=False,
              **common),
    )


cifar10: Fields = {"data": ("CIFAR10",), "profiles": ("full",)}
data_of_entezari = ("MNIST", "SVHN", "CIFAR10", "CIFAR100")
of_entezari: Fields = {"scope": Scope(data=data_of_entezari, models=("MLP",), profiles=("full",)), **of_barriers}
of_mlp: Fields = {"scope": Scope(models=("MLP",), **cifar10)}
of_li: Fields = {"scope": Scope(models=("ResNet",), **cifar10), "source": li, "evidence": "secondary"}
protocol = "after the paper's protocol (SGD with momentum, batch 64, constant learning rate, to a loss of 0.01)"
falling_widths = tuple(2**power for power in range(9, 16))  # narrower ones may not reach the training loss
wide_pairs: Fields = {"network": "mlp", **second, "width": falling_widths}
wide_mlps: Fields = {"network": "mlp", "width": (256, 512, 1024)}
with_batch_norm = {"vgg16": ("VGG-16", "VGG"), "resnet20": ("ResNet-20", "ResNet")}
paper = (
    *(claim(name, f"ResNet-56 {word} shortcuts has a lower test error at eight times the width (128 channels) than at "
            "the usual one (16)",
            greater(narrow_minus_wide(test_error, narrow=16, wide=128), half_point), paper=number,
            population={"arm": "wide", "model.skip": skip}, **of_li)
      for name, skip, word, number in (
          ("S3.C1", True, "with", "5.89 % (16 channels), 3.93 % (128)"),
          ("S3.C2", False, "without", "13.31 % (16; 10.83 % at a tenth of the rate), 8.70 % (128)"))),
    claim("S3.C3", "ResNet-56 without shortcuts: twice, four and eight times as wide, a smaller share of the loss "
          "surface curves down than at the usual width",
          *(greater(narrow_minus_wide(chaos, narrow=16, wide=width), share) for width in (128, 64, 32)),
          paper="figure only: no noticeable chaotic behaviour at two, four and eight times the width",
          population={"arm": "wide", "model.skip": False}, **of_li),
    claim("S3.C4", f"MLP with one hidden layer, {protocol}: from 512 units on, the barrier in test error (of the "
          "middle of the line) falls with the width",
          less(kendall_tau(middle_barrier, factor="width"), weak_rank), source=against_width,
          population={**wide_pairs, "arm": "width"}, **of_entezari),
    claim("S3.C5", f"MLP, {protocol}: the barrier in test error (of the middle of the line) grows with the depth",
          greater(kendall_tau(middle_barrier, factor="depth"), weak_rank), source=against_depth,
          population={"arm": ("width", "depth"), "network": "mlp", **second}, **of_entezari),
    claim("S3.C6", "MLP with one hidden layer of 256, 512 or 1024 units on Fashion-MNIST (Adam, 15 epochs; mean over "
          "the widths): the barrier in test error is near 0 once hidden units are permuted to match, and higher before",
          *vanishes(replace(error_barrier, aggregate="mean"), connected), source=matching, evidence="secondary",
          paper="as trained 0.32 (16 units) to 0.07 (wide); matched 0.14 (16 units), at most 0.006 from 256 on",
          scope=Scope(data=("FashionMNIST",), models=("MLP",), profiles=("pictures",)),
          population={"arm": "width", **wide_mlps}),
    claim("S3.C7", "MLP with one hidden layer: the radial width grows with the learning rate, with the width and with "
          "the weight decay (the paper's networks and its own measurement were not read)",
          greater(kendall_tau(radial, factor="lr"), weak_rank),
          greater(kendall_tau(at(radial, width=falling_widths), factor="width"), weak_rank),
          greater(kendall_tau(radial, factor="weight_decay"), weak_rank), source=fort, paper=direction,
          population={"arm": ("width", "lr", "weight_decay"), "network": "mlp"}, **of_mlp),
    claim("S3.C8", "With wrong labels, over the width of the network the test error falls, rises to a peak near the "
          "width that just fits the training data, and falls again",
          greater(hump(test_error, factor="width"), connected), source="Nakkiran et al. 2020",
          paper="figure only, of other networks", evidence="secondary", confirmatory=False, **of_mlp,
          population={"arm": "label_noise", "measure": "performance", "quantity": "test_error"}),
    *(claim(f"S3.C4-{network}", f"{name}, {protocol}: the barrier in test error (batch-norm statistics recalibrated) "
            "is as high for the widest as for the narrowest", equal(narrow_minus_wide(error_barrier), connected),
            of="S3.C4", source=against_width, paper="figure only: high at every width", evidence="secondary",
            scope=Scope(data=data_of_entezari, models=(model,), profiles=("full",)), confirmatory=False,
            population={"arm": "width", "network": network, **second})
      for network, (name, model) in with_batch_norm.items()),
)


def in_order(place: Place, *rows: Any, others: tuple[Claim, ...] = ()) -> list[Claim]:
    """Return the claims of a place, fixed and tuned, and others with them, in the order of their ids."""
    words = "With the learning rate tuned for each width"
    return sorted((*judged_in(place, rows), *others, *tuned_in(place, rows, words=words)), key=lambda one: one.id)


def at_either_rate(fixed: str = "the paper's learning rate", **common: Any) -> Fields:
    """Return the columns: the fixed learning rate and the tuned one."""
    return {fixed: {"arm": "width", **common}, "tuned learning rate": {"tuned": True, **common}}


places = (digits, mlp, small_cnn, signals_mlp, signals_mlp_2, signals_cnn)
claims = (
    *in_order(digits, *everywhere, *on_mlps, others=of_mlps_in(digits)),
    *in_order(mlp, *everywhere, *on_mlps),
    *in_order(small_cnn, *everywhere),
    *in_order(signals_mlp, *everywhere, *on_mlps, others=of_mlps_in(signals_mlp)),
    *in_order(signals_mlp_2, *everywhere),
    *in_order(signals_cnn, *everywhere),
    *paper,
)
definitions = (
    *(matrix for place in places for matrix in matrices_in(place, everywhere)),
    *(DefinitionMatrix(claim=f"S3.C4-{network}", columns=at_either_rate(network=network, **second), rows={
        f"{name}; batch norm {policy}": legs for policy in ("recalibrated", "interpolated")
        for name, legs in stays(barriers(batch_norm=policy)).items()}) for network in with_batch_norm),
    DefinitionMatrix(claim="S3.C4", columns=at_either_rate(**wide_pairs), rows={
        name: (less(kendall_tau(number, factor="width"), weak_rank),) for name, (number, _) in every_barrier.items()}),
    DefinitionMatrix(claim="S3.C6", columns=at_either_rate("fixed learning rate", **wide_mlps), rows={
        name: vanishes(replace(number, aggregate="mean"), effect) for name, (number, effect) in every_barrier.items()}),
)
