"""The process behind `Feed`: tails a journal and writes to the store; ends with its parent.

Started as `python -m benchmark.tracking.feeder JOURNAL URI`. Exit code 0 means that everything was delivered.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmark.tracking.connection import TrackingUnavailable
from benchmark.tracking.entry import cell_entry
from benchmark.tracking.invocation import Invocation
from benchmark.tracking.names import run_names
from benchmark.tracking.tracker import Tracker, failed, finished, killed

glance = 0.2  # seconds between looks at the journal
shortest_pause, longest_pause = 1.0, 30.0  # seconds between attempts to reach a store that is down


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
                time.sleep(pause)
                pause = min(2 * pause, longest_pause)
            except Exception:  # whatever it is, the next cell may pass
                traceback.print_exc()
                self.n_refused += 1
                return


def main(journal: Path, uri: str) -> int:
    """Deliver a journal; return the exit code."""
    if importlib.util.find_spec("mlflow") is None:
        sys.stderr.write("MLflow is not installed\n")
        return 2
    lines = follow(journal)
    head = next(lines)
    cells, names, invocation = head["cells"], run_names(head["cells"]), Invocation(head["provenance"])
    tracker = PatientTracker(lambda: Tracker(uri, invocation.head, names))
    tracker.do(lambda opened: opened.begin())
    statuses: dict[str, str] = {}
    for line in lines:
        key = line["rows"][0]["cells"][0]
        entry = cell_entry(key, names.get(key, key[:12]), line["rows"], line["summary"])
        statuses[key] = entry.status
        tracker.do(partial(Tracker.child, entry=entry, data=invocation.data(cells.get(key, {}))))
    seconds = time.time() - invocation.started / 1000
    tracker.do(lambda opened: opened.finish(_outcome(statuses, len(cells) - opened.n_children), seconds))
    return 1 if tracker.n_refused else 0


def follow(journal: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a growing file, up to the one that says `end`."""
    with journal.open("rb") as file:
        text = b""
        while True:
            text += file.readline()
            if not text.endswith(b"\n"):
                time.sleep(glance)
                continue
            line = json.loads(text)
            text = b""
            if "end" in line:
                return
            yield line


def _outcome(statuses: Mapping[str, str], n_missing: int) -> str:
    if n_missing > 0:  # the run was stopped, or took cells from a run that was not tracked: `sync` knows
        return killed
    return failed if "failed" in statuses.values() else finished


def _end_with_parent(journal: Path) -> None:
    sys.stdin.buffer.read()
    journal.unlink(missing_ok=True)
    os._exit(1)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    os.nice(10)  # the processors are there for training
    threading.Thread(target=_end_with_parent, args=(path,), daemon=True).start()
    os._exit(main(path, sys.argv[2]))  # at once: the thread above still reads
