"""A failure names the line of somebody's own code."""

from __future__ import annotations

import inspect

import pytest
import torch

from benchmark.cells.data.digits import Digits
from benchmark.run.reasons import reason_of


def reason_for(fails: object) -> str:
    try:
        fails()  # type: ignore[operator]
    except Exception as error:
        return reason_of(error)
    raise AssertionError("it did not fail")


def through_torch() -> None:
    torch.zeros(2) @ torch.zeros(3)  # the error is raised inside of torch


def test_the_innermost_line_that_is_not_installed_is_named() -> None:
    line = inspect.getsourcelines(through_torch)[1] + 1
    assert reason_for(through_torch).endswith(f"(run/test_reasons.py, line {line})")


def test_an_error_of_the_package_alone_has_no_place() -> None:
    with pytest.raises(ValueError, match="n_train") as raised:
        Digits(n_train=0)
    error = raised.value
    assert reason_of(error).endswith(")"), "it came through this file"
    assert error.__traceback__ is not None
    assert reason_of(error.with_traceback(error.__traceback__.tb_next)) == f"ValueError: {error}"
