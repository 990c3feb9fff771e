"""What is said while a run or a sweep goes on: to whoever shows it, and to whoever tracks it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from benchmark.run.collect import Row
    from benchmark.run.pool import Answer

silence = 10.0  # seconds after which something is said although nothing has ended


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, for whoever shows it.

    Attributes:
        kind: "cell" or "measure" (one was computed), "failed", "note" (a sentence), "heartbeat" (life).
        n_done, n_total: tasks.
        text: what it was.
        seconds_left: estimate; None while nothing is known.
    """

    kind: str
    n_done: int
    n_total: int
    text: str
    seconds_left: float | None = None


@dataclass(frozen=True, kw_only=True)
class Count:
    """How far it is: tasks done and in all, and how many of those done were computed rather than found."""

    done: int
    total: int
    computed: int


@dataclass(kw_only=True)
class Announcer:
    """Says what happens and how long it will take, and shows life when nothing happens.

    Attributes:
        on_event: is told.
        count: says how far it is.
        waiting: what is said while no worker has shown life yet.
    """

    on_event: Callable[[Event], None]
    count: Callable[[], Count]
    waiting: str
    _began: float = field(default_factory=time.monotonic)
    _said: float = field(default_factory=time.monotonic)
    _alive: str = ""

    def say(self, kind: str, text: str) -> None:
        """Tell an event, with the time left as soon as three tasks were computed."""
        self._said, count = time.monotonic(), self.count()
        left = None
        if count.computed >= 3:
            left = (self._said - self._began) / count.computed * (count.total - count.done)
        self.on_event(Event(kind=kind, n_done=count.done, n_total=count.total, text=text, seconds_left=left))

    def message(self, message: Answer) -> None:
        """Take a worker's note, or its sign of life."""
        if "note" in message:
            self.say("note", message["note"])
        self._alive = message.get("alive", self._alive)

    def tick(self) -> None:
        """Say something when nothing was said for a while."""
        if time.monotonic() - self._said > silence:
            self.say("heartbeat", self._alive or self.waiting)


class Feed(Protocol):
    """Takes the rows of finished cells while a suite runs; never blocks."""

    def cell(self, rows: list[Row], summary: Mapping[str, Any]) -> None: ...

    def close(self) -> bool: ...


StartFeed = Callable[[], Feed]
