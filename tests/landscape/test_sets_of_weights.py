"""Several sets of weights at once: every one has the bits that it has alone, on slices and lines too."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmark.cells.data.splits import Examples
from benchmark.cells.stacked import stacked_activations
from benchmark.landscape import per_example
from benchmark.landscape.first_layer import factored
from benchmark.landscape.kept_outputs import StackedFirstLayer
from benchmark.landscape.lines import End, Line
from benchmark.landscape.loss import Landscape
from benchmark.landscape.slices import Evaluator
from benchmark.landscape.written_out import WrittenOut
from benchmark.run.bench import Stopped
from tests.landscape.perceptrons import direction, networks, one, places, plane, points, task
from tests.mutants import Mutant, red_with
from tests.run.test_measuring import tabulation
from tests.toys import perceptron


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@red_with(
    Mutant(per_example._by_example, "targets_B.repeat(n_lanes", "targets_B.roll(1).repeat(n_lanes"),
    Mutant(
        Landscape.losses_and_errors, "else buffers_L)", "else buffers_L) * (1 + 1e-6 * (len(theta_LP) - 1))"
    ),
)
def test_several_sets_of_weights_have_the_bits_of_each_alone(dtype: torch.dtype) -> None:
    for module in networks(dtype)[1::2]:
        for kind, chunk_size in (("classes", 2048), ("numbers", 5), ("own", 2048)):
            landscape = perceptron(module, kind=kind).landscape(chunk_size=chunk_size)
            alone = [landscape.loss_and_error(theta_P) for theta_P in points(landscape, 20)]
            for n in (1, 2, 5, 20):
                assert repr(landscape.losses_and_errors(points(landscape, n))) == repr(alone[:n])


@red_with(Mutant(stacked_activations._by_lane, "tensor.contiguous()", "tensor"))
def test_an_activation_that_reads_the_data_has_the_bits_of_each_set_alone() -> None:
    torch.manual_seed(0)
    for n_features in (16, 32, 48):
        module = torch.nn.Sequential(torch.nn.GELU(), torch.nn.Linear(n_features, 3))
        examples = Examples(inputs=torch.randn(33, n_features), targets=torch.randint(3, (33,)))
        landscape = Landscape(module, examples, task)
        alone = [landscape.loss_and_error(theta_P) for theta_P in points(landscape, 20)]
        for n in (2, 5, 20):
            assert repr(landscape.losses_and_errors(points(landscape, n))) == repr(alone[:n])


@pytest.mark.parametrize("matrix", ["hessian", "gauss_newton"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_several_products_have_the_bits_of_each_alone(dtype: torch.dtype, matrix: Any) -> None:
    for module in networks(dtype)[1::2]:
        landscape = perceptron(module).landscape(chunk_size=8)
        theta_LP = points(landscape, 20)
        vectors_LP = direction(theta_LP)
        alone = [landscape.product(matrix, *one)(v) for *one, v in zip(theta_LP, vectors_LP, strict=True)]
        for n in (1, 2, 5, 20):
            product = landscape.products(matrix, theta_LP[:n])
            assert torch.equal(product(vectors_LP[:n]), torch.stack(alone[:n]))
            assert torch.equal(product(vectors_LP[:n]), torch.stack(alone[:n])), "of what is kept"


def test_the_rows_of_a_plane_and_of_a_line_have_the_bits_of_each_point_alone() -> None:
    for module in networks(torch.float32)[1::2]:
        landscape = perceptron(module).landscape(chunk_size=5)
        evaluator = Evaluator(plane(landscape), [landscape, landscape.over(slice(0, 6))])
        assert evaluator.together in (
            1,
            20,
        )  # 1 where the first layer reads no data, and is factored by autograd
        assert repr(evaluator.rows(places)) == repr([evaluator(place) for place in places])
        end = End(theta=landscape.theta, buffers={})
        start = End(theta=landscape.theta.flip(0), buffers={})
        line = Line(start=start, end=end, landscapes={"train": landscape}, batch_norm="frozen")
        alphas = [step / 22 for step in range(23)]
        assert repr(line.rows(alphas)) == repr([line.values(alpha) for alpha in alphas])


@red_with(
    Mutant(WrittenOut.outputs, "(~is_finite_L)", "torch.full_like(is_finite_L, not bool(is_finite_L.all()))"),
    Mutant(WrittenOut._not_finite, "len(theta_LP) == 1", "True"),
)
def test_what_is_not_finite_at_some_weights_leaves_the_others_their_bits() -> None:
    for module in networks(torch.float32)[1:9]:
        landscape = perceptron(module).landscape()
        theta_LP = points(landscape, 9)
        theta_LP[4] *= 1e30
        theta_LP[5, -1] = -math.inf
        alone = [landscape.loss_and_error(theta_P) for theta_P in theta_LP]
        assert repr(landscape.losses_and_errors(theta_LP)) == repr(alone)
        products, vectors_LP = landscape.products("hessian", theta_LP), direction(theta_LP)
        each = [landscape.hessian(theta_P)(v) for theta_P, v in zip(theta_LP, vectors_LP, strict=True)]
        for found_P, expected_P in zip(products(vectors_LP), each, strict=True):
            assert torch.equal(found_P, expected_P) or not expected_P.isfinite().all()


def on_plane(chunk_size: int, budget: int) -> tuple[Landscape, Landscape, StackedFirstLayer, Tensor]:
    """Return a landscape of 13 examples, the same on a plane, its first layer, and weights that this was moved to."""
    landscape = perceptron(one()).landscape(chunk_size=chunk_size)
    drawn = plane(landscape)
    found, layer = factored(landscape, drawn.origin, drawn.axes, budget=budget)
    assert isinstance(layer, StackedFirstLayer)
    layer.move_to(places[:2])
    return landscape, found, layer, torch.stack([drawn.at(*place) for place in places[:2]])


def assert_near(found: Landscape, landscape: Landscape, theta_LP: Tensor) -> None:
    expected = torch.tensor(landscape.losses_and_errors(theta_LP))
    torch.testing.assert_close(torch.tensor(found.losses_and_errors(theta_LP)), expected, rtol=1e-12, atol=0)


@red_with(Mutant(StackedFirstLayer._computed, "size > self.budget", "False"))
def test_a_first_layer_whose_outputs_take_too_much_memory_computes_them_itself() -> None:
    one_chunk = 5 * 40 * 8 * 4  # of 33 units, 40 with padding: at origin, two axes, and a sum, in float64
    landscape, found, layer, theta_LP = on_plane(5, one_chunk)
    assert_near(found, landscape, theta_LP)
    assert [kept is not None for kept in layer.kept.values()] == [True, False, False]
    assert layer.budget == 0


@red_with(Mutant(StackedFirstLayer.evaluate, "x_LBF.data_ptr(), x_LBF.shape[1]", "0, x_LBF.shape[1]"))
def test_halved_chunks_have_first_layers_of_their_own() -> None:
    landscape, found, layer, theta_LP = on_plane(8, 2**20)
    assert_near(found, landscape, theta_LP)
    found.chunk_size = landscape.chunk_size = 4
    assert_near(found, landscape, theta_LP)
    assert len(layer.kept) == 2 + 4


@red_with(
    Mutant(StackedFirstLayer.evaluate, "for point in self.points", "for point in self.points[:1] * 2"),
)
def test_the_origin_is_the_landscapes_own_bit_for_bit_and_all_else_up_to_rounding() -> None:
    for module in networks(torch.float64)[:9]:
        landscape = perceptron(module).landscape(chunk_size=5)
        drawn = plane(landscape)
        at_origin, elsewhere = Evaluator(drawn, [landscape]).rows([(0.0, 0.0), (0.3, -0.7)])
        assert at_origin == list(landscape.loss_and_error(landscape.theta))
        assert elsewhere == pytest.approx(landscape.loss_and_error(drawn.at(0.3, -0.7)), rel=1e-11)


def test_a_surface_that_was_killed_goes_on_in_groups_of_another_size(tmp_path: Path) -> None:
    landscape = perceptron(one(torch.float32)).landscape()
    whole = np.array([Evaluator(plane(landscape), [landscape])(place) for place in places])
    n_done = 0

    def compute(some: Any) -> Any:
        nonlocal n_done
        n_done += len(some)
        return Evaluator(plane(landscape), [landscape]).rows(some)

    with pytest.raises(Stopped, match="after point 6 of 23"):
        tabulation(tmp_path, lambda: n_done >= 6)(places, compute, together=3)
    rows = tabulation(tmp_path)(places, compute, together=20)
    assert rows.tobytes() == whole.tobytes() and n_done == 23


@red_with(
    Mutant(
        Landscape.losses_and_errors,
        "[[float(row_N.double().mean()) for row_N in numbers_LN] for",
        "[numbers_LN.double().mean(1).tolist() for",
    )
)
def test_several_threads_change_nothing_about_that() -> None:
    torch.set_num_threads(2)
    try:
        landscape = perceptron(one(place=2), n_examples=50_000).landscape()
        alone = [landscape.loss_and_error(theta_P) for theta_P in points(landscape, 4)]
        assert repr(landscape.losses_and_errors(points(landscape, 4))) == repr(alone)
    finally:
        torch.set_num_threads(1)
