"""What of the run store is damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmark.store.entry import Entry, state_name
from benchmark.store.files import Damaged, read_sealed, sha256


def faults(entry: Entry) -> Iterator[str]:
    """Hash every file of an entry that a later run would read, and yield a sentence for each that is damaged.

    Nothing is changed. What vanishes meanwhile was taken away by a run, and is no fault.
    """
    for check in _checks(entry):
        try:
            check()
        except FileNotFoundError:
            continue
        except Damaged as error:
            yield str(error)


def _checks(entry: Entry) -> Iterator[Callable[[], object]]:
    yield entry.done
    try:
        done = entry.done()
    except Damaged:
        done = None  # the first check tells
    for name in done["files"] if done else ():
        yield partial(entry.read, name)
    for path in sorted(entry.path.glob("state-*.safetensors")):
        yield partial(_check_state, path)
    for path in sorted(entry.path.glob("measures/*.json")):
        yield partial(_check_measure, path)


def _check_state(path: Path) -> None:
    match = state_name.fullmatch(path.name)
    if match is None or sha256(path.read_bytes()) != match[2]:
        raise Damaged(f"{path} does not match the SHA-256 in its name")


def _check_measure(path: Path) -> None:
    digest = read_sealed(path)["arrays_sha256"]
    if digest is None:
        return
    arrays = path.with_suffix(".safetensors")
    if not arrays.exists():
        raise Damaged(f"{arrays} is missing")
    if sha256(arrays.read_bytes()) != digest:
        raise Damaged(f"{arrays} does not match the SHA-256 in {path.name}")
