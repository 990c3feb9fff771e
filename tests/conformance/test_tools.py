"""What the table does not say in one number: reports that hide an error, and what raises."""

from __future__ import annotations

import pytest

from benchmark.landscape.weights import normalized
from tests.conformance import li_2018, with_hessian_eigenthings, with_loss_landscapes, with_pyhessian
from tests.mutants import Mutant, red_with


def test_pyhessian_has_no_density_on_a_pytorch_of_today() -> None:
    with pytest.raises(RuntimeError, match="deprecated since version 1.9 and is now removed"):
        with_pyhessian.density()


def test_pyhessian_reaches_the_accuracy_that_the_page_promises() -> None:
    assert with_pyhessian.error_of_eigenvalues(5, tol=1e-6, maxIter=1000) < 1e-3
    assert with_pyhessian.probes_for_a_negative_trace(tol=float("-inf")) == 100


def test_pyhessian_stops_a_trace_by_chance_early_or_late() -> None:
    fewest, most = with_pyhessian.fewest_and_most_probes()
    assert fewest < 10 and most > 2 * fewest
    all_probes = with_pyhessian.error_of_trace(tol=float("-inf"))
    assert all_probes < 1.4 * with_pyhessian.expected_error_of_trace(100) < with_pyhessian.error_of_trace()


def test_hessian_eigenthings_calls_most_ghosts_converged_and_knows_that_ten_steps_are_few() -> None:
    assert int(with_hessian_eigenthings.lanczos(max_iter=80).converged.sum()) >= 3
    assert int(with_hessian_eigenthings.lanczos().converged.sum()) <= 2
    assert with_hessian_eigenthings.copies_of_the_largest(40) == 1


def test_loss_landscapes_walks_a_plane_whose_middle_lies_between_its_points() -> None:
    assert with_loss_landscapes.row_of_the_trained_point() == pytest.approx(2.5, abs=1e-4)
    assert with_loss_landscapes.column_of_the_trained_point() == pytest.approx(1.5, abs=1e-4)  # odd rows: 2.5
    assert 0.4 < with_loss_landscapes.our_share_of_positive_entries() < 0.6


def test_loss_landscapes_switches_gradients_off_and_refuses_zero_biases() -> None:
    assert with_loss_landscapes.trainable_after() == 0
    with pytest.raises(ZeroDivisionError):
        with_loss_landscapes.plane_of_zero_biases()


def test_the_ratio_of_li_et_al_does_not_depend_on_the_number_of_batches() -> None:
    assert li_2018.change_of_ratio_with_batches() < 1e-6


@red_with(Mutant(normalized, "norm / (own + 1e-10)", "norm"))
def test_our_direction_is_that_of_li_et_al_and_our_biases_are_random() -> None:
    assert li_2018.difference_of_directions() < 1e-12
    assert abs(li_2018.our_cosine_of_biases()) < 0.5
