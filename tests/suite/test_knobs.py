"""What a Config refuses, and in which words."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from functools import partial
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge

from benchmark.suite.config import convert, describe
from benchmark.suite.knobs import (
    Count,
    Counts,
    OddCount,
    Positive,
    Positives,
    Seed,
    Share,
    SweptKnobs,
    knobs,
    some,
)


@knobs
class Config(SweptKnobs):
    widths: Annotated[Counts, some] = (4, 8)
    lrs: Positives = ()
    stop: Positive | None = None
    share: Share = 0.5
    side: OddCount = 3
    kind: Literal["sgd", "adam"] = "sgd"
    kinds: tuple[Literal["mlp", "resnet"], ...] = ()
    flag: bool = False
    least: Annotated[int, Ge(2)] = 2

    def __post_init__(self) -> None:
        if self.stop == 7:
            raise ValueError("Config.stop is 7; give another")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"widths": ()}, "widths is (); give a tuple of at least 1, each item an integer >= 1"),
        ({"widths": (4, 0)}, "widths is (4, 0); give a tuple of at least 1, each item an integer >= 1"),
        ({"widths": (4, 2.0)}, "widths is (4, 2.0); give a tuple of at least 1, each item an integer >= 1"),
        ({"widths": [4]}, "widths is [4]; give a tuple of at least 1, each item an integer >= 1"),
        ({"lrs": (0.0,)}, "lrs is (0.0,); give a tuple, each item a number > 0"),
        ({"stop": float("nan")}, "stop is nan; give a number > 0 or none"),
        ({"stop": float("inf")}, "stop is inf; give a number > 0 or none"),
        ({"share": 1.0}, "share is 1.0; give a number >= 0 and < 1"),
        ({"share": True}, "share is True; give a number >= 0 and < 1"),
        ({"side": 4}, "side is 4; give an odd integer >= 3, so that the middle is a point"),
        ({"kind": "sdg"}, "kind is 'sdg'; give one of sgd, adam (did you mean sgd?)"),
        ({"kinds": ("mpl",)}, "kinds is ('mpl',); give a tuple, each item one of mlp, resnet (did you mean mlp?)"),
        ({"flag": 1}, "flag is 1; give true or false"),
        ({"least": 1}, "least is 1; give an integer >= 2"),
        ({"seeds": (-1,)}, "seeds is (-1,); give a tuple of at least 1, each item an integer >= 0"),
        ({"stop": 7.0}, "stop is 7; give another"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_by_field_value_and_remedy(
    changes: dict[str, Any], message: str
) -> None:
    for make in (Config, partial(replace, Config())):
        with pytest.raises(ValueError, match="^Config") as caught:
            make(**changes)
        assert str(caught.value) == f"Config.{message}"


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="^Config") as caught:
        Config(share=2.0, widths=(0, -1), n_train=0)
    assert [line.partition(" ")[0] for line in str(caught.value).splitlines()] == [
        "Config.n_train", "Config.widths", "Config.share",
    ]  # fmt: skip


def test_a_field_that_there_is_not_is_no_argument() -> None:
    with pytest.raises(TypeError, match="Config has no field 'shares'; did you mean share?"):
        Config(shares=0.5)  # type: ignore[call-arg]


def test_a_config_is_frozen_and_can_be_looked_up() -> None:
    config = Config(widths=(4,))
    with pytest.raises(FrozenInstanceError):
        config.share = 0.1  # type: ignore[misc]
    assert len({config, Config(widths=(4,))}) == 1
    assert [field.name for field in fields(Config)][:2] == ["data", "n_train"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Count, "an integer >= 1"),
        (Seed | None, "an integer >= 0 or none"),
        (Annotated[Counts, some], "a list of at least 1, each item an integer >= 1"),
        (Annotated[float, "a prime"], "a prime"),
        (tuple[Positive, Share], "a list of 2: a number > 0, a number >= 0 and < 1"),
    ],
)
def test_types_have_words(kind: Any, words: str) -> None:
    assert describe(kind) == words


def test_what_a_user_types_meets_the_same_bounds() -> None:
    assert convert([4, 8.0], Counts) == (4, 8)
    for value, kind in ((0, Count), ([1, 0], Counts), (4, OddCount), ([], Annotated[Counts, some])):
        with pytest.raises(ValueError, match="validation error"):
            convert(value, kind)
