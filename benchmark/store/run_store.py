"""The run store: a cache of trained networks and their measures, shared by all suites.

    runs/<ab>/<key>/<identity>/
        done.json                        sealed; written last: names every file below with its SHA-256
        weights.safetensors              final weights and buffers
        initial.safetensors              the same before the first step
        test_logits.safetensors          float16
        history.json                     sealed
        state-<step>-<sha256>.safetensors     full training state: to resume from, or asked for as a checkpoint
        measures/<slug>.<identity>.json  sealed; arrays beside it as .safetensors
        measures/<slug>.<identity>.part-<n>.json     sealed; rows of a measure that was stopped
        attempts.jsonl                   where each attempt began and ended; not part of the result

Every read verifies a SHA-256. A damaged entry is renamed to `<identity>.bad-<n>` and made anew. Tensors are kept
as safetensors; nothing here is ever unpickled.
"""

from __future__ import annotations

import contextlib
import shutil
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmark.store.entry import Busy, Entry


@dataclass(frozen=True)
class Store:
    """All entries below one folder."""

    root: Path

    def entry(self, key: str, identity: str) -> Entry:
        """Return the place of a cell's entry, which need not exist."""
        return Entry(self.root / key[:2] / key / identity)

    def entries(self) -> Iterator[Entry]:
        """Yield every entry, damaged and unfinished ones too."""
        for path in sorted(self.root.glob("??/*/*")):
            if path.is_dir():
                yield Entry(path)

    def log_failure(self, error: BaseException) -> None:
        """Append a traceback to `failures.log`, for whoever looks for the cause; never fails itself."""
        with contextlib.suppress(OSError), (self.root / "failures.log").open("a", encoding="utf-8") as file:
            file.write(time.strftime("%F %T\n") + "".join(traceback.format_exception(error)) + "\n")

    def usage(self) -> list[tuple[Entry, str, int]]:
        """Return (entry, "done" | "unfinished" | "damaged", bytes) for every entry."""
        return [(entry, _kind(entry), _size(entry.path)) for entry in self.entries()]

    def gc(
        self, *, keep: set[tuple[str, str]], older_than_days: float = 0.0, dry_run: bool = False
    ) -> list[Path]:
        """Remove the entries that are not (key, identity) in `keep`, older than an age; return what was removed.

        An entry that another process holds stays.
        """
        removed = []
        limit = time.time() - older_than_days * 86400
        for entry in self.entries():
            wanted = (entry.path.parent.name, entry.path.name) in keep
            if wanted or entry.path.stat().st_mtime > limit:
                continue
            if dry_run or _remove(entry):
                removed.append(entry.path)
        return removed


def _kind(entry: Entry) -> str:
    if ".bad-" in entry.path.name:
        return "damaged"
    return "done" if (entry.path / "done.json").exists() else "unfinished"


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _remove(entry: Entry) -> bool:
    try:
        lock = entry.lock()
    except Busy:
        return False
    try:
        shutil.rmtree(entry.path)
    finally:
        lock.release()
    return True
