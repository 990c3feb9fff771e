"""Our definitions against brute force on the network of the conformance table."""

from __future__ import annotations

import pytest
import torch
from torch.func import hessian, jacrev
from torch.nn.functional import cross_entropy

from bench.peers import quiet
from benchmark.landscape.curvature import gauss_newton_product
from benchmark.landscape.directions import gaussian
from benchmark.landscape.eigenpairs import eigenpairs
from benchmark.landscape.loss import Landscape
from benchmark.landscape.slices import random_slice
from benchmark.landscape.spectrum import trace
from tests.conformance.networks import brute_force_hessian, landscape, network, written_out_loss
from tests.conformance.with_curvlinops import our_matrix
from tests.conformance.with_pyhessian import expected_error_of_trace
from tests.mutants import Mutant, red_with


def start() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_the_hessian_is_that_of_torch_func() -> None:
    with quiet():
        expected = hessian(written_out_loss)(landscape().theta)
    torch.testing.assert_close(our_matrix("hessian"), expected, rtol=0, atol=1e-13)
    torch.testing.assert_close(brute_force_hessian(), expected, rtol=0, atol=1e-13)


@pytest.mark.usefixtures("by_autograd")
@red_with(Mutant(gauss_newton_product, "pulled_back(slope_BK, leaf_BK, tangent_BK)", "tangent_BK"))
def test_the_gauss_newton_matrix_is_j_h_j_by_brute_force() -> None:
    surface, train = landscape(), network().splits.train
    jacobian_NKP = jacrev(lambda theta: surface._plain.forward(theta, train.inputs, None))(surface.theta)
    with quiet():
        outer_KK = [
            hessian(cross_entropy)(row_K[None], y[None])[0, :, 0]
            for row_K, y in zip(surface.outputs(surface.theta), train.targets, strict=True)
        ]
    expected = torch.einsum("nkp,nkl,nlq->pq", jacobian_NKP, torch.stack(outer_KK), jacobian_NKP) / len(train)
    torch.testing.assert_close(our_matrix("gauss_newton"), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("chunk_size", [60, 50, 7])
def test_eigenvalues_do_not_depend_on_the_split_into_chunks(chunk_size: int) -> None:
    expected = torch.linalg.eigvalsh(brute_force_hessian())
    surface = Landscape(
        network().module, network().splits.train, network().splits.task, chunk_size=chunk_size
    )
    product = surface.hessian(surface.theta)
    pairs = eigenpairs(
        product, gaussian(surface.theta, start()), n_largest=5, n_smallest=2, tolerance=1e-7, max_steps=194
    )
    torch.testing.assert_close(pairs.largest, expected[-5:].flip(0), rtol=1e-10, atol=0)
    torch.testing.assert_close(pairs.smallest, expected[:2], rtol=1e-6, atol=0)


def test_the_trace_has_the_standard_error_it_reports() -> None:
    surface = landscape()
    estimate = trace(surface.hessian(surface.theta), surface.theta, n_probes=100, generator=start())
    truth = float(brute_force_hessian().trace())
    assert estimate.standard_error / truth == pytest.approx(expected_error_of_trace(100), rel=0.25)
    assert abs(estimate.value - truth) < 3 * estimate.standard_error


def test_a_plane_has_the_trained_weights_in_its_middle_bit_for_bit() -> None:
    surface = landscape()
    plane = random_slice(surface, start())
    assert surface.loss(plane.at(0.0, 0.0)) == surface.loss(surface.theta)
