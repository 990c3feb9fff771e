"""What a suite trains, as a table: arms of points, each with the columns that tell its cells apart.

No column is ever read back from a cell. A cell that several arms ask for is trained once and has the columns of all:
`arm` names the first of them and `also_in` the others, and whoever asks for the rows of an arm gets those of both.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.cells.cell import Cell, Derived, FromCheckpoint
from benchmark.measures.measure import Measure
from benchmark.suite.suite import Range
from benchmark.suite.winners import winner

Columns = Mapping[str, Any]
Start = Callable[[Callable[["Point"], Cell]], FromCheckpoint | Derived]


@dataclass(frozen=True, kw_only=True)
class Point:
    """One network of an arm: its specs, and the columns that tell it from the others.

    Attributes:
        training: its spec; None for weights that are only made of other ones.
        data: fields of the data spec that differ from what the Config says.
        start: where the weights come from, given other points' cells of the same seed and member; None for fresh ones.
        swept: the arm of the sweep that tunes it; "" for none. The first point of that name is where the sweep begins;
            all others of the name differ from it in nothing but what is tuned.
    """

    model: Any
    training: Any
    data: Columns = field(default_factory=dict)
    start: Start | None = None
    swept: str = ""
    columns: Columns = field(default_factory=dict)


def point(
    model: Any,
    training: Any,
    *,
    data: Columns | None = None,
    start: Start | None = None,
    swept: str = "",
    **columns: Any,
) -> Point:
    """Return a point; further keywords are its columns."""
    return Point(model=model, training=training, data=data or {}, start=start, swept=swept, columns=columns)


@dataclass(frozen=True, kw_only=True)
class Arm:
    """Networks that are compared with each other.

    Attributes:
        name: the column `arm`.
        points: what it consists of.
        members: names of the networks that every point is trained as, the column `member`; they share the data split
            and no other random stream. None: one network without such a column.
        derived: by further member, the rule that makes it of all the trained ones.
    """

    name: str
    points: Sequence[Point]
    members: Sequence[str] = ()
    derived: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a suite tunes: fields of the training spec, point by point.

    Attributes:
        space: from a Config to the fields, and where they are searched.
        sharpness: what `lossbench sweep --pareto` minimizes besides the error.
        at: from a training spec and the values of fields to the spec that has them.
    """

    space: Callable[[Any], Mapping[str, Range]]
    sharpness: Measure
    at: Callable[..., Any] = dataclasses.replace

    def default(self, config: Any, one: Point) -> dict[str, float]:
        """Return the fixed values of what is tuned."""
        return {name: getattr(one.training, name) for name in self.space(config)}


def swept_points(arms: Iterable[Arm]) -> dict[str, tuple[Arm, Point]]:
    """Return, for every arm of the sweep, the point where it begins, and the arm that this one stands in."""
    found: dict[str, tuple[Arm, Point]] = {}
    for arm in arms:
        for one in arm.points:
            if one.swept:
                found.setdefault(one.swept, (arm, one))
    return found


def with_winners(config: Any, arms: Sequence[Arm], swept: Swept) -> tuple[Arm, ...]:
    """Return the arms with the column `tuned` at points that have a winner, and last the arms `tuned`, of the winners.

    A winner that is the fixed point, or one of another arm, is no cell of its own: it belongs to that arm.
    """

    def marked(one: Point) -> Point:
        winning_point = winner(config, one.swept)
        if not winning_point:
            return one
        is_tuned = swept.at(one.training, **winning_point) == one.training
        return dataclasses.replace(one, columns={**one.columns, "tuned": is_tuned})

    def tuned(arm: Arm, one: Point) -> Arm:
        training = swept.at(one.training, **winner(config, one.swept))
        columns = {**one.columns, "tuned": True}
        points = [dataclasses.replace(one, training=training, columns=columns)]
        return dataclasses.replace(arm, name="tuned", points=points)

    fixed = [dataclasses.replace(arm, points=[marked(one) for one in arm.points]) for arm in arms]
    begins = swept_points(arms).values()
    return (*fixed, *(tuned(arm, one) for arm, one in begins if winner(config, one.swept)))
