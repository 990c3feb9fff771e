"""The Lanczos process on matrices whose spectra are known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from benchmark.landscape import lanczos as lanczos_module
from benchmark.landscape.lanczos import Krylov, NotFiniteError, Process, lanczos
from tests.mutants import Mutant, red_with
from tests.toys import tensor


def start(size: int, seed: int = 0) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def symmetric(size: int) -> Tensor:
    matrix = torch.randn(size, size, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return matrix + matrix.T


def last(matrix: Tensor, n_steps: int) -> Krylov:
    return list(lanczos(lambda v: matrix @ v, start(len(matrix)), n_steps))[-1]


@red_with(
    Mutant(
        Process.take,
        "alphas.append(_finite(float(image_P.double()",
        "alphas.append(_finite(2 * float(image_P.double()",
    ),
    Mutant(Process.take, "betas.append(beta)", "betas.append(-beta / 2)"),
)
def test_the_operator_is_tridiagonal_in_the_basis() -> None:
    matrix, krylov = symmetric(40), last(symmetric(40), 12)
    Q, (values, vectors) = krylov.basis, krylov.ritz
    torch.testing.assert_close(Q @ Q.T, torch.eye(12).double(), rtol=0, atol=1e-13)
    T = torch.diag(tensor(*krylov.alphas)) + torch.diag(tensor(*krylov.betas), 1)
    T = T + torch.diag(tensor(*krylov.betas), -1)
    torch.testing.assert_close(Q @ matrix @ Q.T, T, rtol=0, atol=1e-12)
    torch.testing.assert_close(vectors @ torch.diag(values) @ vectors.T, T, rtol=0, atol=1e-12)


@red_with(
    Mutant(Krylov.__dict__["bounds"].fget, "self.ritz[1][-1]", "self.ritz[1][0]"),
    Mutant(Krylov.vector, "self.ritz[1][:, index]", "self.ritz[1][index]"),
)
def test_the_bound_of_a_ritz_pair_is_its_residual() -> None:
    matrix, krylov = symmetric(40), last(symmetric(40), 12)
    for index, value in enumerate(krylov.ritz[0].tolist()):
        vector = krylov.vector(index)
        residual = float((matrix @ vector - value * vector).norm())
        assert residual == pytest.approx(float(krylov.bounds[index]), abs=1e-12)


@red_with(
    Mutant(
        lanczos_module._outside,
        "vector_P - basis_MP.T @ (basis_MP @ vector_P)",
        "vector_P - basis_MP[-2:].T @ (basis_MP[-2:] @ vector_P)",  # the recurrence of three terms
    )
)
def test_no_converged_direction_comes_back() -> None:
    spectrum = torch.cat([tensor(100.0, 50.0, 20.0), torch.linspace(0, 1, 197).double()])
    krylov = last(torch.diag(spectrum), 80)
    gram = krylov.basis @ krylov.basis.T
    torch.testing.assert_close(gram, torch.eye(80).double(), rtol=0, atol=1e-12)
    assert int((krylov.ritz[0] > 10).sum()) == 3, "each of the three large eigenvalues once: no ghosts"


@red_with(
    Mutant(
        Process.take,
        "rest_P, beta, self._n_closed = _outside(self._restricted(fresh_P), Q_MP), 0.0, n_done + 1",
        "self.has_ended = True",
    ),
    Mutant(Process.take, "_outside(self._restricted(fresh_P), Q_MP), 0.0, n_done", "fresh_P, 0.0, n_done"),
)
def test_an_exhausted_space_is_closed_and_its_complement_searched() -> None:
    matrix = torch.diag(tensor(7.0, 7.0, 7.0, 2.0, 2.0))
    found = list(lanczos(lambda v: matrix @ v, start(5), 9))
    assert [krylov.exhausted for krylov in found] == [False, True, False, True, True]
    assert [krylov.n_closed for krylov in found] == [0, 0, 2, 2, 4]
    torch.testing.assert_close(found[-1].ritz[0], tensor(2.0, 2.0, 7.0, 7.0, 7.0), rtol=0, atol=1e-12)


def test_the_process_is_the_same_step_by_step() -> None:
    matrix, process = symmetric(9), Process(start(9), 5)
    for expected in lanczos(lambda v: matrix @ v, start(9), 5):
        assert not process.has_ended
        found = process.take(matrix @ process.vector_P)
        assert (found.alphas, found.betas, found.beta) == (expected.alphas, expected.betas, expected.beta)
        assert torch.equal(found.basis, expected.basis)
    assert process.has_ended and len(found.alphas) == 5


def test_two_processes_do_not_disturb_each_other() -> None:
    matrices = symmetric(9), torch.diag(start(9))
    processes = [Process(start(9), 99) for _ in matrices]
    while not processes[0].has_ended:
        images = [m @ process.vector_P for m, process in zip(matrices, processes, strict=True)]
        found = [process.take(image) for process, image in zip(processes, images, strict=True)]
    for krylov, matrix in zip(found, matrices, strict=True):
        torch.testing.assert_close(krylov.ritz[0], torch.linalg.eigvalsh(matrix), rtol=0, atol=1e-10)


def test_a_mask_keeps_every_vector_within_its_coordinates() -> None:
    allowed = torch.arange(12) < 7
    *_, krylov = lanczos(lambda v: symmetric(12) @ v, start(12), 99, allowed=allowed)
    assert len(krylov.alphas) == 7 and not krylov.basis[:, 7:].any()


def test_lanczos_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        next(lanczos(lambda v: v, start(3), 0))
    with pytest.raises(ValueError, match="start vector is zero"):
        next(lanczos(lambda v: v, torch.zeros(3), 3))
    with pytest.raises(NotFiniteError, match="not finite"):
        next(lanczos(lambda v: v * math.inf, start(3), 3))
