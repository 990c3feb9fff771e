"""What the papers say about width and the loss landscape, as rules that records decide.

Smallest effects were fixed before the first run of this suite, though the table of a prototype on digits (barriers and
test errors over widths, three pairs of networks) had been seen: 0.02 for barriers of the error (the threshold below
which Frankle et al. 2020 call two networks connected), half a point of error, 0.05 for the share of a surface that
curves down, 0.2 for rank correlations. The main number of a barrier is its height in test error after Frankle et al.,
since barriers of the loss also shrink because the losses at the ends do.

An analogue on other data or networks has an id of its own. A paper's own claim names its widths; an analogue compares
the narrowest network with the widest. "Near 0" is a test of equivalence with 0, within 0.02.

Width is confounded with the size of a step. Against that stand the arm in the maximal-update parametrization, and the
claims whose id ends in "-tuned": they say the same, by the same rule, of networks each at the learning rate that
validates best. These and the matrices of definitions were written down before any network had been trained there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from benchmark.stats.claim import Claim, Leg, Population, Scope
from benchmark.stats.matrix import DefinitionMatrix
from benchmark.stats.number import Aggregate, Number
from benchmark.stats.reduce import difference, hump, kendall_tau, value

Fields = dict[str, Any]

half_point: Fields = {"smallest_effect": 0.005, "unit": "error"}
connected: Fields = {"smallest_effect": 0.02, "unit": "error"}
tenth_of_a_nat: Fields = {"smallest_effect": 0.1, "unit": "nats"}
weak_rank: Fields = {"smallest_effect": 0.2, "unit": "tau", "bounds": (-1, 1)}
share: Fields = {"smallest_effect": 0.05, "unit": "share of the surface"}
li_paper = "Li et al. 2018, wide and thin models"
entezari_paper = "Entezari et al. 2022"
fort_paper = "Fort and Jastrzebski 2019"

recalibrated: Fields = {"batch_norm": "recalibrated"}
error_barrier = Number(measure="barrier", options=recalibrated, quantity="frankle_test_error")
loss_barrier = Number(measure="barrier", options=recalibrated, quantity="entezari_train_loss")
middle_barrier = Number(measure="barrier", options=recalibrated, quantity="mid_test_error")
radial = Number(measure="radial_width", quantity="value")
radial_distance = Number(measure="radial_width", quantity="distance")
chaos = Number(measure="loss_surface", quantity="negative_fraction")
test_error = Number(measure="performance", quantity="test_error", aggregate="mean")
test_loss = Number(measure="performance", quantity="test_loss")
generalization_gap = dataclasses.replace(test_error, quantity="gap")
both: Fields = {"member": ("first", "second")}


def at(number: Number, **where: Any) -> Number:
    """Return the number where factors have certain levels."""
    return dataclasses.replace(number, where={**number.where, **where})


def narrow_minus_wide(number: Number, *, narrow: Any = "min", wide: Any = "max") -> Any:
    """Return narrow minus wide network of a number."""
    return difference(number, factor="width", first=narrow, second=wide)


def analogues(suffix: str, *, where: str, scope: Scope, network: str, family: int) -> tuple[Claim, ...]:
    """Return the claims about the width of one kind of network, on other data than the papers', as a family."""
    here: Fields = {"arm": "width", "network": network}
    common: Fields = {"scope": scope, "family": family}
    pairs: Fields = {**common, "population": {**here, "member": "second"}}
    return (
        Claim(
            id=f"S3.C1-{suffix}",
            statement=f"{where}: the widest network has a lower test error than the narrowest",
            source=f"{li_paper} (there ResNet-56 with shortcuts)",
            evidence="secondary",
            paper_value="5.89 % at 16 channels, 3.93 % at 128 (ResNet-56, CIFAR-10)",
            population={**here, **both},
            reduce=narrow_minus_wide(test_error),
            direction="greater",
            confirmatory=True,
            **half_point,
            **common,
        ),
        Claim(
            id=f"S3.C3-{suffix}",
            statement=f"{where}: of the loss surface, a smaller share curves down around the widest network than "
            "around the narrowest",
            source=f"{li_paper} (there ResNet-56 without shortcuts)",
            evidence="secondary",
            paper_value="figure only",
            population=here,
            reduce=narrow_minus_wide(chaos),
            direction="greater",
            confirmatory=False,
            **share,
            **common,
        ),
        Claim(
            id=f"S3.C4-{suffix}",
            statement=f"{where}: between two networks as they were trained, the barrier in test error is lower for the "
            "widest than for the narrowest (the falling branch)",
            source=f"{entezari_paper}, barrier against width",
            evidence="memory",
            paper_value="figure only",
            reduce=narrow_minus_wide(error_barrier),
            direction="greater",
            confirmatory=True,
            **connected,
            **pairs,
        ),
        Claim(
            id=f"S3.C4-{suffix}-loss",
            statement=f"{where}: the same of the barrier in training loss",
            source=f"{entezari_paper}, definition 1",
            evidence="memory",
            paper_value="figure only",
            reduce=narrow_minus_wide(loss_barrier),
            direction="greater",
            confirmatory=False,
            **tenth_of_a_nat,
            **pairs,
        ),
        Claim(
            id=f"S3.C4-{suffix}-peak",
            statement=f"{where}: over the widths, the barrier in test error first rises to a peak and then falls",
            source=f"{entezari_paper}, barrier against width",
            evidence="memory",
            paper_value="figure only",
            reduce=hump(error_barrier, factor="width"),
            direction="greater",
            confirmatory=False,
            **connected,
            **{
                **pairs,
                "population": {**pairs["population"], "measure": "barrier", "quantity": "frankle_test_error"},
            },
        ),
        Claim(
            id=f"S3.C6-{suffix}",
            statement=f"{where}: between the widest networks the barrier in test error is near 0 once the hidden units "
            "of one are permuted to match the other's, and higher before",
            source=f"{entezari_paper} (conjecture); Ainsworth et al. 2022 (weight matching); the values from an "
            "independent reproduction on Fashion-MNIST",
            evidence="secondary",
            paper_value="from 0.07 to at most 0.006 (MLP of 256 units or more, Fashion-MNIST)",
            population=here,
            reduce=value(at(error_barrier, member="matched", width="max")),
            direction="equal",
            also=(
                Leg(
                    reduce=difference(
                        at(error_barrier, width="max"), factor="member", first="second", second="matched"
                    ),
                    direction="greater",
                    **connected,
                ),
            ),
            confirmatory=True,
            **connected,
            **common,
        ),
        Claim(
            id=f"S3.C7-{suffix}-width",
            statement=f"{where}: the radial width grows with the width of the network",
            source=fort_paper,
            evidence="memory",
            paper_value="direction only",
            population=here,
            reduce=kendall_tau(radial, factor="width"),
            direction="greater",
            confirmatory=True,
            **weak_rank,
            **common,
        ),
    )


def tuned(claims: Iterable[Claim], *, network: str, family: int) -> tuple[Claim, ...]:
    """Return the claims about errors and barriers, for networks each at its best learning rate, as a family."""
    members: dict[str, Fields] = {"S3.C1": both, "S3.C4": {"member": "second"}, "S3.C6": {}}
    return tuple(
        dataclasses.replace(
            claim,
            id=f"{claim.id}-tuned",
            statement=f"With the learning rate tuned for each width: {claim.statement}",
            population={"tuned": True, "network": network, **members[claim.id[:5]]},
            family=family,
        )
        for claim in claims
        if claim.confirmatory and claim.id[:5] in members
    )


def barriers(**options: Any) -> dict[str, tuple[Number, Fields]]:
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


def matrices(suffix: str, *, network: str, parametrizations: bool = False) -> tuple[DefinitionMatrix, ...]:
    """Return whether the analogues hold for every barrier, parametrization and choice of the learning rate."""
    arms: dict[str, Fields] = {
        "fixed learning rate": {"arm": "width"},
        "tuned learning rate": {"tuned": True},
    }
    if parametrizations:
        arms["maximal-update parametrization"] = {"arm": "mup"}

    def columns(**member: Any) -> dict[str, Population]:
        return {name: {**arm, "network": network, **member} for name, arm in arms.items()}

    falls = {
        name: (Leg(reduce=narrow_minus_wide(number), direction="greater", **effect),)
        for name, (number, effect) in barriers(**recalibrated).items()
    }
    errors = {"test error": test_error, "test error - training error": generalization_gap}
    return (
        DefinitionMatrix(
            claim=f"S3.C1-{suffix}",
            rows={
                name: (Leg(reduce=narrow_minus_wide(number), direction="greater", **half_point),)
                for name, number in errors.items()
            },
            columns=columns(**both),
        ),
        DefinitionMatrix(claim=f"S3.C4-{suffix}", rows=falls, columns=columns(member="second")),
        DefinitionMatrix(
            claim=f"S3.C6-{suffix}", rows=_each_barrier_vanishes(width="max"), columns=columns()
        ),
    )


def _each_barrier_vanishes(aggregate: Aggregate | None = None, **where: Any) -> dict[str, tuple[Leg, ...]]:
    """Return for each barrier that it is near 0 once units are matched, and higher before."""
    rows: dict[str, tuple[Leg, ...]] = {}
    for name, (number, effect) in barriers(**recalibrated).items():
        here = dataclasses.replace(at(number, **where), aggregate=aggregate)
        drop = difference(here, factor="member", first="second", second="matched")
        rows[name] = (
            Leg(reduce=value(at(here, member="matched")), direction="equal", **effect),
            Leg(reduce=drop, direction="greater", **effect),
        )
    return rows


def one_factor(suffix: str, *, where: str, scope: Scope, family: int) -> tuple[Claim, ...]:
    """Return the claims about depth, learning rate and weight decay of MLPs, one of them varied at a time."""
    common: Fields = {
        "scope": scope,
        "family": family,
        "evidence": "memory",
        "paper_value": "direction only",
        "direction": "greater",
        "confirmatory": True,
    }
    named = {"lr": "learning rate", "weight_decay": "weight decay"}
    return (
        Claim(
            id=f"S3.C5-{suffix}",
            statement=f"{where}: between two networks as they were trained, the barrier in test error is higher for "
            "the deepest than for one hidden layer",
            source=f"{entezari_paper}, barrier against depth",
            population={"network": "mlp", "arm": ("width", "depth"), "member": "second"},
            reduce=difference(error_barrier, factor="depth", first="max", second="min"),
            **connected,
            **common,
        ),
        *(
            Claim(
                id=f"S3.C7-{suffix}-{factor}",
                statement=f"{where}: the radial width grows with the {name}",
                source=fort_paper,
                population={"network": "mlp", "arm": ("width", factor)},
                reduce=kendall_tau(radial, factor=factor),
                **weak_rank,
                **common,
            )
            for factor, name in named.items()
        ),
    )


def on_digits(scope: Scope) -> tuple[Claim, ...]:
    """Return what only the suite's own arms on digits decide."""
    noisy: Fields = {
        "arm": "label_noise",
        "network": "mlp",
        "measure": "performance",
        "quantity": "test_error",
    }
    common: Fields = {"scope": scope, "family": 2, "paper_value": ""}
    return (
        Claim(
            id="S3.C8-digits",
            statement="Digits, MLP, a fifth of the training labels wrong: over the widths, the test error falls, rises "
            "to a peak and falls again",
            source="Nakkiran et al. 2020",
            evidence="memory",
            population=noisy,
            reduce=hump(test_error, factor="width"),
            direction="greater",
            confirmatory=False,
            **connected,
            **common,
        ),
        Claim(
            id="S3.P1-digits",
            statement="Digits, MLP in the maximal-update parametrization, where a step does not change with the width: "
            "the barrier in test error is again lower for the widest than for the narrowest networks",
            source="lossbench; width and size of a step are confounded at a fixed learning rate (Yang and Hu 2021)",
            evidence="memory",
            population={"arm": "mup", "network": "mlp", "member": "second"},
            reduce=narrow_minus_wide(error_barrier),
            direction="greater",
            confirmatory=True,
            **connected,
            **common,
        ),
        Claim(
            id="S3.P3-digits",
            statement="Digits, MLP: in absolute terms, not in units of the weights' norm, the distance to the rise of "
            "the loss shrinks as the weight decay grows, so that S3.C7-digits-weight_decay is about the unit",
            source="lossbench; the radial width is in units of the norm that weight decay makes smaller",
            evidence="read",
            population={"network": "mlp", "arm": ("width", "weight_decay")},
            reduce=kendall_tau(radial_distance, factor="weight_decay"),
            direction="less",
            confirmatory=False,
            **weak_rank,
            **common,
        ),
        Claim(
            id="S3.P2-digits",
            statement="Digits, MLP: permuting hidden units leaves the function as it is",
            source="follows from the definition",
            evidence="read",
            population={"arm": "width", "network": "mlp"},
            reduce=difference(at(test_loss, width="max"), factor="member", first="matched", second="second"),
            direction="identity",
            confirmatory=True,
            smallest_effect=1e-5,
            unit="nats",
            **common,
        ),
    )


def by_id(*groups: tuple[Claim, ...]) -> list[Claim]:
    """Return the claims of several groups in the order of their ids."""
    return sorted((claim for group in groups for claim in group), key=lambda claim: claim.id)


cifar10: Fields = {"data": ("CIFAR10",), "profiles": ("full",)}
resnet_on_cifar10 = Scope(models=("ResNet",), **cifar10)
entezari_data = ("MNIST", "SVHN", "CIFAR10", "CIFAR100")
entezari_mlp = Scope(data=entezari_data, models=("MLP",), profiles=("full",))
protocol = "after the paper's protocol (SGD, batch 64, constant learning rate, to a training loss of 0.01)"
wide_mlps = (256, 512, 1024)
falling_widths = tuple(2**power for power in range(9, 16))  # narrower ones may not reach the training loss
wide_pairs: Fields = {"network": "mlp", "member": "second", "width": falling_widths}


def li_error(claim_id: str, *, skip: bool, paper_value: str) -> Claim:
    """Return the claim that the error falls with the width of ResNet-56, with or without shortcuts."""
    return Claim(
        id=claim_id,
        statement=f"ResNet-56 {'with' if skip else 'without'} shortcuts has a lower test error at eight times the "
        "width (128 channels) than at the usual one (16)",
        source=li_paper,
        evidence="secondary",
        paper_value=paper_value,
        scope=resnet_on_cifar10,
        population={"arm": "wide", "model.skip": skip},
        reduce=narrow_minus_wide(test_error, narrow=16, wide=128),
        direction="greater",
        confirmatory=True,
        **half_point,
    )


def chaos_less_at(width: int) -> Any:
    """Return the reduction: share of the surface that curves down, at 16 channels minus at `width`."""
    return narrow_minus_wide(chaos, narrow=16, wide=width)


paper = (
    li_error("S3.C1", skip=True, paper_value="5.89 % (16 channels), 3.93 % (128)"),
    li_error("S3.C2", skip=False, paper_value="13.31 % (16 channels), 8.70 % (128)"),
    Claim(
        id="S3.C3",
        statement="ResNet-56 without shortcuts: twice, four and eight times as wide, a smaller share of the loss "
        "surface curves down than at the usual width",
        source=li_paper,
        evidence="secondary",
        paper_value="figure only: no noticeable chaotic behaviour at two, four and eight times the width",
        scope=resnet_on_cifar10,
        population={"arm": "wide", "model.skip": False},
        reduce=chaos_less_at(128),
        direction="greater",
        also=tuple(Leg(reduce=chaos_less_at(width), direction="greater", **share) for width in (64, 32)),
        confirmatory=True,
        **share,
    ),
    Claim(
        id="S3.C4",
        statement=f"MLP with one hidden layer, {protocol}: from 512 units on, the barrier in test error (of the middle "
        "of the line) falls with the width",
        source=f"{entezari_paper}, barrier against width",
        evidence="memory",
        paper_value="figure only: rises to a peak, then falls",
        scope=entezari_mlp,
        population={**wide_pairs, "arm": "width"},
        reduce=kendall_tau(middle_barrier, factor="width"),
        direction="less",
        confirmatory=True,
        **weak_rank,
    ),
    Claim(
        id="S3.C5",
        statement=f"MLP, {protocol}: the barrier in test error (of the middle of the line) grows with the depth",
        source=f"{entezari_paper}, barrier against depth",
        evidence="memory",
        paper_value="figure only",
        scope=entezari_mlp,
        population={"arm": ("width", "depth"), "network": "mlp", "member": "second"},
        reduce=kendall_tau(middle_barrier, factor="depth"),
        direction="greater",
        confirmatory=True,
        **weak_rank,
    ),
    Claim(
        id="S3.C6",
        statement="MLP with one hidden layer of 256, 512 or 1024 units on Fashion-MNIST (Adam, 15 epochs; mean over "
        "the widths): the barrier in test error is near 0 once hidden units are permuted to match, and higher before",
        source=f"{entezari_paper} (conjecture); Ainsworth et al. 2022 (weight matching); the values from an "
        "independent reproduction",
        evidence="secondary",
        paper_value="as trained 0.32 (16 units) to 0.07 (wide); matched 0.14 (16 units), at most 0.006 from 256 on",
        scope=Scope(data=("FashionMNIST",), models=("MLP",), profiles=("small",)),
        population={"arm": "width", "network": "mlp", "width": wide_mlps},
        reduce=value(dataclasses.replace(at(error_barrier, member="matched"), aggregate="mean")),
        direction="equal",
        also=(
            Leg(
                reduce=difference(
                    dataclasses.replace(error_barrier, aggregate="mean"),
                    factor="member",
                    first="second",
                    second="matched",
                ),
                direction="greater",
                **connected,
            ),
        ),
        confirmatory=True,
        **connected,
    ),
    Claim(
        id="S3.C7",
        statement="MLP with one hidden layer: the radial width grows with the learning rate, with the width and with "
        "the weight decay (the paper's networks and its own measurement were not read)",
        source=fort_paper,
        evidence="memory",
        paper_value="direction only",
        scope=Scope(models=("MLP",), **cifar10),
        population={"arm": ("width", "lr", "weight_decay"), "network": "mlp"},
        reduce=kendall_tau(radial, factor="lr"),
        direction="greater",
        also=(
            Leg(
                reduce=kendall_tau(at(radial, width=falling_widths), factor="width"),
                direction="greater",
                **weak_rank,
            ),
            Leg(reduce=kendall_tau(radial, factor="weight_decay"), direction="greater", **weak_rank),
        ),
        confirmatory=True,
        **weak_rank,
    ),
    Claim(
        id="S3.C8",
        statement="With wrong labels, over the width of the network the test error falls, rises to a peak near the "
        "width that just fits the training data, and falls again",
        source="Nakkiran et al. 2020",
        evidence="memory",
        paper_value="figure only",
        scope=Scope(models=("MLP",), **cifar10),
        population={"arm": "label_noise", "measure": "performance", "quantity": "test_error"},
        reduce=hump(test_error, factor="width"),
        direction="greater",
        confirmatory=False,
        **connected,
    ),
)

networks_with_batch_norm = {"vgg16": ("VGG-16", "VGG"), "resnet20": ("ResNet-20", "ResNet")}
with_batch_norm = tuple(
    Claim(
        id=f"S3.C4-{network}",
        statement=f"{name}, {protocol}: the barrier in test error (batch-norm statistics recalibrated) is lower for "
        "the widest than for the narrowest",
        source=f"{entezari_paper}, barrier against width",
        evidence="memory",
        paper_value="figure only",
        scope=Scope(data=entezari_data, models=(model,), profiles=("full",)),
        population={"arm": "width", "network": network, "member": "second"},
        reduce=narrow_minus_wide(error_barrier),
        direction="greater",
        confirmatory=False,
        **connected,
    )
    for network, (name, model) in networks_with_batch_norm.items()
)
batch_norm_policies = tuple(
    DefinitionMatrix(
        claim=f"S3.C4-{network}",
        rows={
            f"{name}; batch norm {policy}": (
                Leg(reduce=narrow_minus_wide(number), direction="greater", **effect),
            )
            for policy in ("recalibrated", "interpolated")
            for name, (number, effect) in barriers(batch_norm=policy).items()
        },
        columns={
            "the paper's learning rate": {"arm": "width", "network": network, "member": "second"},
            "tuned learning rate": {"tuned": True, "network": network, "member": "second"},
        },
    )
    for network in networks_with_batch_norm
)

mlp_on_digits = Scope(data=("Digits",), models=("MLP",))
pictures = ("CIFAR10", "CIFAR100", "FashionMNIST", "MNIST", "SVHN", "ImageFolder")
mlp_on_pictures = Scope(data=pictures, models=("MLP",), profiles=("ci", "small"))
small_cnn_on_pictures = Scope(data=pictures, models=("SmallCNN",), profiles=("ci", "small"))

of_digits = analogues("digits", where="Digits, MLP", scope=mlp_on_digits, network="mlp", family=2)
of_mlp = analogues("mlp", where="Pictures, MLP", scope=mlp_on_pictures, network="mlp", family=3)
of_small_cnn = analogues(
    "small_cnn", where="Pictures, small CNN", scope=small_cnn_on_pictures, network="small_cnn", family=4
)

claims = (
    *by_id(
        of_digits,
        one_factor("digits", where="Digits, MLP", scope=mlp_on_digits, family=2),
        on_digits(mlp_on_digits),
        tuned(of_digits, network="mlp", family=5),
    ),
    *by_id(
        of_mlp,
        one_factor("mlp", where="Pictures, MLP", scope=mlp_on_pictures, family=3),
        tuned(of_mlp, network="mlp", family=6),
    ),
    *by_id(of_small_cnn, tuned(of_small_cnn, network="small_cnn", family=7)),
    *paper,
    *with_batch_norm,
)
definitions = (
    *matrices("digits", network="mlp", parametrizations=True),
    *matrices("mlp", network="mlp", parametrizations=True),
    *matrices("small_cnn", network="small_cnn"),
    *batch_norm_policies,
    DefinitionMatrix(
        claim="S3.C4",
        rows={
            name: (Leg(reduce=kendall_tau(number, factor="width"), direction="less", **weak_rank),)
            for name, (number, _) in barriers(**recalibrated).items()
        },
        columns={
            "the paper's learning rate": {**wide_pairs, "arm": "width"},
            "tuned learning rate": {**wide_pairs, "tuned": True},
        },
    ),
    DefinitionMatrix(
        claim="S3.C6",
        rows=_each_barrier_vanishes("mean"),
        columns={
            "fixed learning rate": {"arm": "width", "network": "mlp", "width": wide_mlps},
            "tuned learning rate": {"tuned": True, "network": "mlp", "width": wide_mlps},
        },
    ),
)
