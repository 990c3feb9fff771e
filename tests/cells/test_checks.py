"""Checks of a spec's fields."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from benchmark.cells.checks import (
    require_choice,
    require_count,
    require_flag,
    require_fraction,
    require_non_negative,
    require_positive,
)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (require_count, [1, 7], [0, -1, 1.0, True, "3", None]),
        (require_positive, [1, 0.1], [0, -0.1, math.nan, math.inf, True, "1e-3", None]),
        (require_non_negative, [0, 1, 0.1], [-0.1, math.nan, math.inf, False, "0", None]),
        (require_fraction, [0, 0.5], [1, -0.1, math.nan, "0.5", None]),
        (require_flag, [True, False], [0, 1, "yes", None]),
    ],
)
def test_each_check_names_field_and_value(
    check: Callable[[Any, str], None], good: list[Any], bad: list[Any]
) -> None:
    for value in good:
        check(SimpleNamespace(knob=value), "knob")
    for value in bad:
        with pytest.raises(ValueError, match=f"SimpleNamespace.knob is {value!r}; give "):
            check(SimpleNamespace(knob=value), "knob")


def test_a_near_miss_is_suggested() -> None:
    require_choice(SimpleNamespace(knob="cosine"), "knob", ("constant", "cosine"))
    with pytest.raises(ValueError, match=r"choose one of 'constant', 'cosine' \(did you mean 'cosine'\?\)"):
        require_choice(SimpleNamespace(knob="cosin"), "knob", ("constant", "cosine"))
    with pytest.raises(ValueError, match=r"knob is 3; choose one of 1, 2$"):
        require_choice(SimpleNamespace(knob=3), "knob", (1, 2))
