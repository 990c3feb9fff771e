"""Losses and errors of single examples against closed forms."""

from __future__ import annotations

import pytest
import torch

from benchmark.cells.data.task import classification, cross_entropy, misclassified, regression, squared_error


def test_cross_entropy_of_equal_logits_is_log_of_the_number_of_classes() -> None:
    loss = cross_entropy(torch.zeros(3, 5, dtype=torch.float64), torch.tensor([0, 2, 4]))
    torch.testing.assert_close(loss, torch.full((3,), 5.0, dtype=torch.float64).log())


def test_cross_entropy_has_the_second_derivative_of_the_softmax() -> None:
    logits = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
    loss = cross_entropy(logits[None], torch.tensor([1]))[0]
    (gradient,) = torch.autograd.grad(loss, logits, create_graph=True)
    rows = [torch.autograd.grad(entry, logits, retain_graph=True)[0] for entry in gradient]
    p = logits.detach().softmax(dim=0)
    torch.testing.assert_close(torch.stack(rows), p.diag() - p.outer(p))


def test_squared_error_is_half_the_squared_distance() -> None:
    outputs = torch.tensor([[1.0, 2.0], [0.0, 0.0]], dtype=torch.float64)
    targets = torch.tensor([[0.0, 0.0], [3.0, 4.0]], dtype=torch.float64)
    assert squared_error(outputs, targets).tolist() == [2.5, 12.5]


def test_misclassified_marks_the_wrong_ones() -> None:
    logits = torch.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0]])
    assert misclassified(logits, torch.tensor([0, 0, 1])).tolist() == [0.0, 1.0, 1.0]


def test_a_regression_has_no_error() -> None:
    task = regression(input_shape=(3,), n_outputs=2)
    assert task.error is None
    assert task.classes is None


def test_a_classification_needs_two_classes_and_a_name_for_each() -> None:
    with pytest.raises(ValueError, match="n_outputs is 1"):
        classification(input_shape=(1, 8, 8), n_outputs=1)
    with pytest.raises(ValueError, match="classes has 1 names for 2"):
        classification(input_shape=(1, 8, 8), n_outputs=2, classes=("one",))
