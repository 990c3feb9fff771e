"""The path of training and its null models."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmark.landscape.path import random_walk_share
from benchmark.landscape.trained import Trained
from benchmark.measures import trajectory_pca as module
from benchmark.measures.trajectory_pca import trajectory_pca
from tests.mutants import Mutant, red_with
from tests.toys import classifier, values


def trained_along(rows_NP: Tensor) -> Trained:
    """Return a bias-free layer and one with biases whose weights ran through the rows, which end at 0."""
    n_weights = rows_NP.shape[1]
    net = classifier(nn.Linear(4, 3, bias=False))
    module = nn.Sequential(nn.Linear(1, n_weights // 2)).double()
    with torch.no_grad():
        for weight in module.parameters():
            weight.zero_()

    def at(step: int) -> dict[str, Tensor]:
        weights_O, biases_O = rows_NP[step].chunk(2)
        return {"0.weight": weights_O[:, None], "0.bias": biases_O}

    history = [{"step": float(step)} for step in range(len(rows_NP))]
    return replace(net, module=module, initial=at(0), checkpoint=at, history=history)


def circle(n_weights: int = 40) -> Tensor:
    """Return three quarters of a circle in the plane of two weights and, a tenth of its size, of two biases."""
    angle_N = torch.linspace(0, 1.5 * math.pi, 30, dtype=torch.float64)
    rows_NP = torch.zeros(30, n_weights, dtype=torch.float64)
    rows_NP[:, 0], rows_NP[:, 1] = angle_N.cos(), 0.5 * angle_N.sin()
    rows_NP[:, -1] = 0.1 * (3 * angle_N).sin()
    return rows_NP - rows_NP[-1]


@red_with(
    Mutant(module._without_biases, "row_P * mask_P", "row_P"),
    Mutant(trajectory_pca, "value=first + second - null.value", "value=null.value - first - second"),
)
def test_a_path_in_a_plane_of_weights_is_explained_by_two_components_unless_biases_count() -> None:
    net = trained_along(circle())
    ignored = values(trajectory_pca(biases="ignored").compute(net))
    kept = values(trajectory_pca().compute(net))
    assert ignored.explained_12 == pytest.approx(1, rel=1e-12)
    assert ignored.explained_1 + ignored.explained_2 == ignored.explained_12
    assert 0.95 < kept.explained_12 < 0.999
    assert kept.excess_12 == pytest.approx(kept.explained_12 - kept.null_12)


def test_arrays_hold_the_path_in_its_plane() -> None:
    rows_NP = circle()
    arrays = trajectory_pca(every_steps=7).compute(trained_along(rows_NP)).arrays
    assert arrays["steps"].tolist() == [0, 7, 14, 21, 28, 29]
    assert arrays["path"].shape == (6, 2) and arrays["explained"].shape == (6,)
    assert arrays["path"][-1] == pytest.approx([0, 0], abs=1e-12)
    lengths = torch.tensor(arrays["path"]).norm(dim=1)
    whole = rows_NP[arrays["steps"]].norm(dim=1)
    assert (lengths <= whole + 1e-12).all() and (lengths > 0.9 * whole - 1e-12).all()


@red_with(Mutant(trajectory_pca, "[:2].sum()", "[:1].sum()"))
def test_a_random_walk_has_no_excess() -> None:
    generator = torch.Generator().manual_seed(0)
    rows_NP = torch.randn(40, 3000, generator=generator, dtype=torch.float64).cumsum(0)
    result = trajectory_pca(n_null=40).compute(trained_along(rows_NP - rows_NP[-1]))
    got = values(result)
    theory = random_walk_share(1, 40) + random_walk_share(2, 40)
    assert got.explained_12 == pytest.approx(theory, abs=0.02)
    assert got.null_12 == pytest.approx(theory, abs=0.01)
    assert abs(got.excess_12) < 0.02
    assert got.random_plane_share == pytest.approx(2 / 3000, rel=0.5)
    errors = {reading.quantity: reading.standard_error for reading in result.readings}
    assert errors["explained_12"] is None
    assert 0 < (errors["null_12"] or 0) < 0.005 and errors["null_12"] == errors["excess_12"]


def test_random_planes_do_not_depend_on_the_number_of_shuffles() -> None:
    net = trained_along(circle())
    few, many = (values(trajectory_pca(n_null=n).compute(net)) for n in (1, 7))
    assert few.random_plane_share == many.random_plane_share


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"biases": "zero"}, "choose 'kept' or 'ignored'"),
        ({"n_null": 0}, "needs at least 1 draw"),
        ({"every_steps": 29}, "lies on a straight line"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        trajectory_pca(**options).compute(trained_along(circle()))
