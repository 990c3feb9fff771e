"""The process behind `Feed`: tails a journal and writes to the store; ends with its parent.

Started as `python -m benchmark.tracking.feeder JOURNAL URI`. Exit code 0 means that everything was delivered.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmark.tracking.child_run import Row, run_of_cell
from benchmark.tracking.connection import TrackingUnavailable
from benchmark.tracking.feed import farewell
from benchmark.tracking.invocation import Invocation
from benchmark.tracking.left import Tables, tables_of
from benchmark.tracking.names import run_names
from benchmark.tracking.tracker import Tracker, failed, finished, killed

glance = 0.2  # seconds between looks at the journal
shortest_pause, longest_pause = 1.0, 30.0  # seconds between attempts to reach a store that is down


given_up = threading.Event()  # looked at between writes, so that none is broken off while it holds the store


def pause_for(seconds: float) -> None:
    """Sleep, unless nobody waits any longer: then raise KeyboardInterrupt."""
    if given_up.wait(seconds):
        raise KeyboardInterrupt


class PatientTracker:
    """A tracker that waits for its store, and opens it anew after every failure, to see what arrived."""

    def __init__(self, open_tracker: Callable[[], Tracker]) -> None:
        """Take what opens the store."""
        self._open = open_tracker
        self._tracker: Tracker | None = None
        self.n_refused = 0

    def do(self, action: Callable[[Tracker], object]) -> None:
        """Carry out an action, however long the store is away; what it refuses is logged and counted."""
        pause = shortest_pause
        while True:
            try:
                self._tracker = self._tracker or self._open()
                action(self._tracker)
                return
            except TrackingUnavailable as error:
                sys.stderr.write(f"{error}\n")
                self._tracker = None
                pause_for(pause)
                pause = min(2 * pause, longest_pause)
            except Exception:  # whatever it is, the next cell may pass
                traceback.print_exc()
                self.n_refused += 1
                return

    def do_at_once(self, action: Callable[[Tracker], object]) -> None:
        """Carry out an action if the store is open and takes it."""
        if self._tracker is not None:
            with contextlib.suppress(TrackingUnavailable):
                action(self._tracker)


@dataclass(kw_only=True)
class Delivery:
    """What of one run has reached the store; `statuses` are those of its cells, by key."""

    journal: Path
    tracker: PatientTracker
    invocation: Invocation
    cells: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, str]
    results: Path | None
    statuses: dict[str, str] = field(default_factory=dict)

    def do(self, action: Callable[[Tracker], object]) -> None:
        """Carry out an action, and show by a touch of the journal that it is done."""
        pause_for(0)
        self.tracker.do(action)
        with contextlib.suppress(FileNotFoundError):
            os.utime(self.journal)

    def cell(self, rows: Sequence[Row], summary: Mapping[str, Any]) -> None:
        """Deliver one cell."""
        key = rows[0]["cells"][0]
        run = run_of_cell(key, self.names.get(key, key[:12]), rows, summary)
        self.statuses[key] = run.status
        data = self.invocation.data(self.cells.get(key, {}))
        self.do(partial(Tracker.child, run=run, data=data))

    def cells_of_tables(self) -> None:
        """Deliver the cells that were not fed, since the run store had them before the run."""
        tables = self.tables
        for rows, summary in () if tables is None else tables.cells(set(self.cells) - set(self.statuses)):
            self.cell(rows, summary)

    def end(self, opened: Tracker) -> None:
        """End the parent run."""
        seconds = time.time() - (self.invocation.started or 0) / 1000
        opened.finish(self._outcome(len(self.cells) - opened.n_children), seconds)

    def _outcome(self, n_missing: int) -> str:
        tables = self.tables
        if tables is None and n_missing > 0:  # the run was stopped
            return killed
        statuses = self.statuses.values() if tables is None else tables.statuses
        return failed if "failed" in statuses else finished

    @property
    def tables(self) -> Tables | None:
        """What the run left; None before it has ended."""
        return None if self.results is None else tables_of(self.results, self.invocation.provenance)


def main(journal: Path, uri: str) -> int:
    """Deliver a journal; return the exit code. KeyboardInterrupt means that nobody waits any longer."""
    if importlib.util.find_spec("mlflow") is None:
        sys.stderr.write("MLflow is not installed\n")
        return 2
    lines = follow(journal)
    delivery = _delivery(journal, uri, next(lines))
    gc.disable()  # what comes with MLflow stays, and need not be looked through for garbage
    try:
        delivery.do(lambda opened: opened.begin())
        gc.freeze()
        gc.enable()
        for line in lines:
            delivery.cell(line["rows"], line["summary"])
        delivery.cells_of_tables()
        delivery.do(delivery.end)
    except KeyboardInterrupt:
        delivery.tracker.do_at_once(delivery.end)
        return 1
    return 1 if delivery.tracker.n_refused else 0


def _delivery(journal: Path, uri: str, head: Mapping[str, Any]) -> Delivery:
    names, invocation = run_names(head["cells"]), Invocation(head["provenance"])
    return Delivery(
        journal=journal,
        tracker=PatientTracker(lambda: Tracker(uri, invocation.head, names)),
        invocation=invocation,
        cells=head["cells"],
        names=names,
        results=Path(head["results"]) if head.get("results") else None,
    )


def follow(journal: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a growing file, up to the one that says `end`."""
    with journal.open("rb") as file:
        text = b""
        while True:
            text += file.readline()
            if not text.endswith(b"\n"):
                pause_for(glance)
                continue
            line = json.loads(text)
            text = b""
            if "end" in line:
                return
            yield line


def _end_with_parent(journal: Path) -> None:
    """End at once when the parent is gone; when it has given up, let the delivery end the parent run first."""
    asked = sys.stdin.buffer.read()  # empty where the parent is dead
    journal.unlink(missing_ok=True)
    if asked:
        given_up.set()
        time.sleep(farewell)
    os._exit(1)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    os.nice(10)  # the processors are there for training
    threading.Thread(target=_end_with_parent, args=(path,), daemon=True).start()
    os._exit(main(path, sys.argv[2]))  # at once: the thread above still reads
