"""The knobs of a suite: a frozen dataclass whose types say what a value may be, and the knobs that all suites share.

A suite's Config inherits the shared ones and adds its own, one a line, with a comment that says what it is: behind it,
or above where it is long. What does not fit its type is refused when the Config is made, all of it at once; what ties
two knobs together is refused by its `__post_init__`.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, dataclass_transform

import pydantic.dataclasses
from annotated_types import Ge, Gt, Lt, MinLen
from pydantic import AfterValidator, ConfigDict, ValidationError

from benchmark.suite.config import describe, nearest

T = TypeVar("T")


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError("even")
    return value


Count = Annotated[int, Ge(1)]
Counts = tuple[Count, ...]
OddCount = Annotated[int, Ge(3), AfterValidator(_odd), "an odd integer >= 3, so that the middle is a point"]
Positive = Annotated[float, Gt(0)]
Positives = tuple[Positive, ...]
NonNegative = Annotated[float, Ge(0)]
NonNegatives = tuple[NonNegative, ...]
Share = Annotated[float, Ge(0), Lt(1)]
Seed = Annotated[int, Ge(0)]
some = MinLen(1)  # of a list that must not be empty: Annotated[Counts, some]


@dataclass_transform(frozen_default=True, kw_only_default=True)
def knobs(kind: type[T]) -> type[T]:
    """Make a class of annotated fields a frozen dataclass that refuses values of another type.

    Raises, when an instance is made:
        ValueError: with a line for every field that is wrong: its name, its value, and what to give.
        TypeError: on a field that there is not.
    """
    strict = ConfigDict(strict=True, allow_inf_nan=False)
    made: Any = pydantic.dataclasses.dataclass(frozen=True, kw_only=True, config=strict)(kind)
    made.__init__ = _telling(made, made.__init__)
    return made  # type: ignore[no-any-return]


def _telling(kind: Any, init: Callable[..., None]) -> Callable[..., None]:
    """Return an `__init__` whose errors say what to do."""

    @functools.wraps(init)
    def told(self: Any, **values: Any) -> None:
        names = [field.name for field in dataclasses.fields(kind)]
        for name in values:
            if name not in names:
                raise TypeError(f"{kind.__name__} has no field {name!r}{nearest(name, names)}")
        try:
            init(self, **values)
        except ValidationError as error:
            raise ValueError("\n".join(_problems(kind, error, values))) from None

    return told


def _problems(kind: Any, error: ValidationError, values: Mapping[str, Any]) -> list[str]:
    """Return a line for each field that is wrong; what `__post_init__` says is told as it is."""
    types, told = typing.get_type_hints(kind, include_extras=True), {}
    for each in error.errors(include_url=False):
        if not each["loc"]:
            return [str(each["ctx"]["error"])]
        name = str(each["loc"][0])
        found = repr(values[name]) if name in values else "missing"
        near = difflib.get_close_matches(str(each["input"]), _choices(types[name]), n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        told[name] = (
            f"{kind.__name__}.{name} is {found}; give {describe(types[name], listed='a tuple')}{hint}"
        )
    return list(told.values())


def _choices(kind: Any) -> list[str]:
    """Return what a type admits, or the items of a list of it."""
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is typing.Literal:
        return [str(choice) for choice in arguments]
    return [choice for argument in arguments for choice in _choices(argument)]


@knobs
class Knobs:
    """What every suite lets turn."""

    # data set: "digits", "mnist1d", one of torchvision ("cifar10", "fashionmnist", ...), or pictures added under a name
    data: str = "digits"
    n_train: Count | None = 500  # training examples drawn; None for all
    n_test: Count | None = 797  # test examples drawn; None for all
    seeds: Annotated[tuple[Seed, ...], some] = tuple(range(10))  # each is one draw of everything
    n_measured: Count | None = None  # training examples that measures are evaluated on; None for all


@knobs
class SweptKnobs(Knobs):
    """What every suite with a sweep lets turn besides."""

    # points that every arm of the sweep tries; 0 leaves the sweep out, and with it the tuned arm
    sweep_trials: Annotated[int, Ge(0)] = 2
    # of the networks that try a point; at least four, none of them among seeds
    sweep_seeds: tuple[Seed, ...] = (1_000_000, 1_000_001, 1_000_002, 1_000_003)
    n_val: Count = 500  # validation examples, on which these networks are compared
    # the points in force as (arm, hyperparameter, value); `lossbench run` fills them in from best.json
    tuned: tuple[tuple[str, str, NonNegative], ...] = ()
