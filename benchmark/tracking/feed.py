"""The live feed, as the runner sees it: lines appended to a file. Standard library only, and blocks on nothing.

A process of its own tails the file and talks to the store. No pipe can fill up, and a store that is down, slow
or broken delays only that process. It touches the journal whenever it has delivered something: that is how the
runner knows whether to go on waiting at the end. What is missing then `sync` takes from the results.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

farewell = 5.0  # seconds for a feeder that was given up, to end the parent run


@dataclass(kw_only=True)
class Feed:
    """A journal and the process that tails it; made by `start_feed`.

    `n_lost` counts lines that could not be written, as on a full disk. Tracking never stops a run: the
    results have the cell, and `sync` reads them.
    """

    journal: Path
    file: BinaryIO
    feeder: subprocess.Popen[bytes]
    n_lost: int = field(default=0, init=False)

    def cell(self, rows: Sequence[Mapping[str, Any]], summary: Mapping[str, Any]) -> None:
        """Hand over one cell: its rows (schema of records.py) and its entry in the provenance."""
        self.append({"rows": [dict(row) for row in rows], "summary": dict(summary)})

    def close(self, wait_s: float = 60.0, stall_s: float = 15.0) -> bool:
        """Wait for the feeder, then end it; return whether everything reached the store.

        Args:
            wait_s: how long to wait in all.
            stall_s: how long to wait while nothing is delivered, as when the store is down.
        """
        self.append({"end": True})
        delivered = self._wait(wait_s, stall_s)
        if not delivered:
            self._give_up()
        self.feeder.communicate()
        self.file.close()
        self.journal.unlink(missing_ok=True)
        return delivered and not self.n_lost

    def _wait(self, wait_s: float, stall_s: float) -> bool:
        """Return whether the feeder ended well in time."""
        now = time.monotonic()
        deadline, stalled, seen = now + wait_s, now + stall_s, self._touched()
        while self.feeder.poll() is None and time.monotonic() < min(deadline, stalled):
            time.sleep(0.05)
            if self._touched() != seen:
                stalled, seen = time.monotonic() + stall_s, self._touched()
        return self.feeder.poll() == 0

    def _touched(self) -> int:
        try:
            return self.journal.stat().st_mtime_ns
        except OSError:
            return 0

    def _give_up(self) -> None:
        """Let the feeder end the parent run, and kill it only if it cannot even do that."""
        if self.feeder.stdin is not None:
            with contextlib.suppress(OSError):  # it may have ended just now
                self.feeder.stdin.write(b"end")
                self.feeder.stdin.close()
        try:
            self.feeder.wait(farewell + 1)
        except subprocess.TimeoutExpired:
            self.feeder.kill()

    def append(self, line: Mapping[str, Any]) -> None:
        """Write one line of the journal."""
        try:
            data = json.dumps(line, default=float).encode() + b"\n"
            self.n_lost += self.file.write(data) != len(data)
        except (OSError, TypeError, ValueError):
            self.n_lost += 1


def start_feed(
    folder: Path,
    uri: str,
    provenance: Mapping[str, Any],
    cells: Mapping[str, Mapping[str, Any]],
    *,
    results: Path | None = None,
) -> Feed:
    """Start a feeder.

    Args:
        folder: for the journal and the feeder's log, such as `<runs>/feed`.
        uri: of the store.
        provenance: what is known of the run before the first cell.
        cells: key -> factors and `seed` of every planned cell; names are made of what varies among them.
        results: where the run leaves its tables: cells that were in the run store already are taken from there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=f"{provenance['suite']}-", suffix=".jsonl")
    feed = Feed(
        journal=Path(name), file=os.fdopen(handle, "wb", buffering=0), feeder=_start_feeder(Path(name), uri)
    )
    planned = {key: dict(factors) for key, factors in cells.items()}
    place = None if results is None else str(results.resolve())
    feed.append({"provenance": dict(provenance), "cells": planned, "results": place})
    return feed


def _start_feeder(journal: Path, uri: str) -> subprocess.Popen[bytes]:
    with journal.with_name("feed.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "benchmark.tracking.feeder", str(journal), uri],
            stdin=subprocess.PIPE,  # it closes when this process ends, however it ends
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the runner, which then closes the feed
        )
