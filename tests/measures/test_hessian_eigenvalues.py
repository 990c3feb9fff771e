"""The ends of a spectrum as readings, where they are known."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmark.cells.data.task import classification
from benchmark.landscape.by_autograd import ByAutograd
from benchmark.landscape.loss import Landscape
from benchmark.landscape.trained import Trained
from benchmark.measures.hessian_eigenvalues import hessian_eigenvalues
from tests.landscape.test_curvature import dense_gauss_newton
from tests.mutants import Mutant, red_with
from tests.toys import dense_hessian, quadratic, relu_net, tensor, trained


def by_rank(net: Trained, quantity: str, **options: Any) -> list[float]:
    """Return a quantity's values in the order of their rank."""
    readings = hessian_eigenvalues(**options).compute(net).readings
    found = [(reading.index["rank"], reading.value) for reading in readings if reading.quantity == quantity]
    assert [rank for rank, _ in found] == list(range(1, len(found) + 1))
    return [value for _, value in found]


@red_with(Mutant(hessian_eigenvalues, "[*pairs.largest.tolist(),", "[*pairs.largest.flip(0).tolist(),"))
def test_a_quadratic_has_its_curvatures_in_order() -> None:
    net = quadratic(tensor(1.0, -0.2, 4.0, 0.5), tensor(1.0, 2.0, 3.0, 4.0))
    options = {"n_largest": 2, "n_smallest": 2}
    assert by_rank(net, "largest", **options) == pytest.approx([4, 1], abs=1e-12)
    assert by_rank(net, "smallest", **options) == pytest.approx([-0.2, 0.5], abs=1e-12)
    assert max(by_rank(net, "largest_residual", **options)) < 1e-7
    assert net.notes == []


@pytest.mark.parametrize("matrix", ["hessian", "gauss_newton"])
@red_with(Mutant(hessian_eigenvalues, "landscape.product(matrix, landscape.theta)", "(lambda v: v)"))
def test_a_network_agrees_with_its_dense_matrix(matrix: str) -> None:
    net = relu_net()
    landscape = net.landscape()
    dense = dense_hessian(landscape) if matrix == "hessian" else dense_gauss_newton(landscape)
    spectrum = torch.linalg.eigvalsh(dense)
    options = {"matrix": matrix, "tolerance": 1e-9}
    torch.testing.assert_close(
        tensor(*by_rank(net, "largest", **options)), spectrum.flip(0)[:5], rtol=1e-9, atol=0
    )
    assert by_rank(net, "smallest", **options) == pytest.approx([float(spectrum[0])], rel=1e-9, abs=1e-9)


@red_with(Mutant(ByAutograd.hessian, " / len(inputs_B)", ""))
def test_softmax_regression_at_zero_has_every_eigenvalue_of_its_inputs_once_per_class_but_one() -> None:
    n, k = 60, 3
    inputs = torch.randn(n, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    module = nn.Linear(4, k, bias=False).double()
    nn.init.zeros_(module.weight)
    task = classification(input_shape=(4,), n_outputs=k, kind="vectors")
    net = trained(module, inputs, torch.arange(n) % k, task=task)
    moments = torch.linalg.eigvalsh(inputs.T @ inputs / n) / k  # H = (I/k - 11'/k^2) (x) X'X/n
    expected = moments.repeat_interleave(k - 1).flip(0)
    got = by_rank(net, "largest", n_largest=8, n_smallest=0)
    torch.testing.assert_close(tensor(*got), expected, rtol=0, atol=1e-12)


@red_with(Mutant(hessian_eigenvalues, "if not converged", "if converged"))
def test_what_has_not_converged_is_said_with_its_residual() -> None:
    net = relu_net()
    values = by_rank(net, "largest", n_largest=2, n_smallest=0, max_steps=3)
    beginnings = [
        f"the largest eigenvalue of rank {i + 1} has not converged: {values[i]:.3g}," for i in (0, 1)
    ]
    assert [note.partition(" residual")[0] for note in net.notes] == beginnings


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_values_lie_within_their_residuals_of_an_eigenvalue(dtype: torch.dtype) -> None:
    net = relu_net()
    spectrum = torch.linalg.eigvalsh(dense_hessian(net.landscape()))
    net.module.to(dtype)
    inputs, targets = net.splits.train.inputs.to(dtype), net.splits.train.targets
    single = trained(net.module, inputs, targets, task=net.splits.task)
    for end in ("largest", "smallest"):
        residuals = by_rank(single, f"{end}_residual")
        for value, residual in zip(by_rank(single, end), residuals, strict=True):
            distance = float((spectrum - value).abs().min())
            assert distance <= residual + 1e-6 * float(spectrum[-1])


def test_the_number_of_products_is_counted() -> None:
    calls: list[Tensor] = []
    net, product = relu_net(), Landscape.product

    def counted(self: Landscape, *arguments: Any) -> Any:
        matrix = product(self, *arguments)
        return lambda v: (calls.append(v), matrix(v))[1]  # type: ignore[func-returns-value]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Landscape, "product", counted)
        result = hessian_eigenvalues().compute(net)
    (reading,) = [reading for reading in result.readings if reading.quantity == "n_products"]
    assert reading.value == len(calls) and reading.unit == ""
