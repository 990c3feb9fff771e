"""Progress of a run: a bar with the time left on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmark.cli.output import console, duration

if TYPE_CHECKING:
    from benchmark.run.events import Event

pause = 4.0  # seconds between lines; with the runner's sign of life every 10 this leaves no silence of 15


@contextmanager
def progress() -> Iterator[Callable[[Event], None]]:
    """Give a function to be told the events of a run; it writes to standard error."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def show(event: Event) -> None:
            if event.kind in ("note", "failed"):
                bar.console.print(_sentence(event))
            if event.n_total:
                words = [_left(event), event.text if event.kind != "failed" else ""]
                text = "  ".join(filter(None, words)).replace(
                    "[", r"\["
                )  # labels have brackets, rich reads them
                bar.update(task, completed=event.n_done, total=event.n_total, description=text)

        yield show


def _lines() -> Callable[[Event], None]:
    last = [-pause]

    def show(event: Event) -> None:
        now = time.monotonic()
        is_last = event.n_done == event.n_total
        if event.kind in ("note", "failed", "heartbeat") or is_last or now - last[0] >= pause:
            last[0] = now
            print(_sentence(event), file=sys.stderr, flush=True)

    return show


def _sentence(event: Event) -> str:
    count = f"{event.n_done}/{event.n_total}" if event.n_total else ""
    kind = event.kind if event.kind in ("note", "failed") else ""
    return "  ".join(filter(None, [count, _left(event), kind, event.text]))


def _left(event: Event) -> str:
    return "" if event.seconds_left is None else f"{duration(event.seconds_left)} left"
