"""One cell in the run store: its files, each whole or absent; see `run_store` for their names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from benchmark.store.files import Damaged, read_sealed, sha256, write_atomic, write_sealed
from benchmark.store.tensors import parse_tensors, tensor_bytes

if TYPE_CHECKING:
    from torch import Tensor

state_name = re.compile(r"state-(\d+)-([0-9a-f]{64})\.safetensors")


class Busy(Exception):
    """Another process holds the entry."""


@dataclass(frozen=True)
class Entry:
    """One cell as computed by one version of the code under one numerics record."""

    path: Path

    def lock(self) -> FileLock:
        """Return the entry's lock, held by the kernel for the process: a killed one frees it.

        Raises:
            Busy: when another process holds it.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise Busy(str(self.path)) from error
        return lock

    def done(self) -> dict[str, Any] | None:
        """Return what `commit` wrote, or None. Raises `Damaged`."""
        try:
            content: dict[str, Any] = read_sealed(self.path / "done.json")
        except FileNotFoundError:
            return None
        return content

    def commit(self, record: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
        """Mark the entry as done and return its record. The last write of a cell, which makes all its files durable.

        Args:
            record: what is known of the cell.
            files: name -> SHA-256 of what was written; a reader holds the files against these.
        """
        content = {**record, "files": dict(files)}
        write_sealed(self.path / "done.json", content)
        return content

    def read(self, name: str, done: Mapping[str, Any] | None = None) -> bytes:
        """Return a file of a done entry, verified by its record (read unless given). Raises `Damaged`."""
        done = self.done() if done is None else done
        try:
            data = (self.path / name).read_bytes()
        except FileNotFoundError as error:
            raise Damaged(f"{self.path / name} is missing") from error
        if done is None or sha256(data) != done["files"].get(name):
            raise Damaged(f"{self.path / name} does not match its SHA-256")
        return data

    def read_tensors(self, name: str) -> dict[str, Tensor]:
        """Return the tensors of a done entry's file, verified. Raises `Damaged`."""
        return parse_tensors(self.read(name))[0]

    def write(self, name: str, data: bytes) -> str:
        """Write a file; return its SHA-256. A power cut may take its name until `commit` has returned."""
        write_atomic(self.path / name, data, named=False)
        return sha256(data)

    def write_tensors(self, name: str, tensors: Mapping[str, Tensor]) -> str:
        """Write a file of tensors; return its SHA-256."""
        return self.write(name, tensor_bytes(tensors))

    def history(self) -> list[dict[str, float]]:
        """Return the training's records, verified. Raises `Damaged`."""
        content: list[dict[str, float]] = json.loads(self.read("history.json"))
        return content

    # training states ---------------------------------------------------------------------------------------------

    def write_state(self, step: int, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> None:
        """Keep the full training state after `step`; its name holds the SHA-256, so that it is whole or absent."""
        data = tensor_bytes(tensors, meta)
        write_atomic(self.path / f"state-{step}-{sha256(data)}.safetensors", data)

    def state_steps(self) -> list[int]:
        """Return the steps of which a state is kept, ascending."""
        return sorted(step for step, _ in self._states())

    def check_state(self, step: int) -> None:
        """Raise `KeyError` where no state of `step` is kept, `Damaged` where it is not intact. Needs no torch."""
        _state_bytes(self._state_path(step))

    def read_state(self, step: int) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return the state after `step`. Raises `KeyError` where none is kept, `Damaged` where it is not intact."""
        return parse_tensors(_state_bytes(self._state_path(step)))

    def _state_path(self, step: int) -> Path:
        for found, path in self._states():
            if found == step:
                return path
        raise KeyError(f"no state of step {step} in {self.path}; kept are {self.state_steps()}")

    def latest_state(self, before: int | None = None) -> tuple[int, dict[str, Tensor], dict[str, Any]] | None:
        """Return the newest state that is intact (and earlier than `before`), and remove those that are not."""
        for step, path in sorted(self._states(), reverse=True):
            if before is not None and step >= before:
                continue
            try:
                return (step, *parse_tensors(_state_bytes(path)))
            except Damaged:
                path.unlink()
        return None

    def drop_states(self, keep: Iterable[int]) -> None:
        """Remove the states of all steps but `keep`."""
        kept = set(keep)
        for step, path in self._states():
            if step not in kept:
                path.unlink(missing_ok=True)

    def _states(self) -> Iterator[tuple[int, Path]]:
        for path in self.path.glob("state-*.safetensors"):
            match = state_name.fullmatch(path.name)
            if match:
                yield int(match[1]), path

    # measures ----------------------------------------------------------------------------------------------------

    def measured(self, slug: str, identity: str) -> dict[str, Any] | None:
        """Return the stored result of a measure, or None where there is none. Raises `Damaged`."""
        path = self._measure_path(slug, identity)
        try:
            content: dict[str, Any] = read_sealed(path)
        except FileNotFoundError:
            return None
        if content["arrays_sha256"] is not None:
            self._arrays(path, content["arrays_sha256"])
        return content

    def write_measure(
        self, slug: str, identity: str, content: Mapping[str, Any], arrays: Mapping[str, Any]
    ) -> None:
        """Keep the result of a measure; its arrays first, so that the JSON vouches for them."""
        path = self._measure_path(slug, identity)
        digest = None
        if arrays:
            from safetensors.numpy import save

            data = save(dict(arrays))
            write_atomic(path.with_suffix(".safetensors"), data, named=False)
            digest = sha256(data)
        write_sealed(path, {**content, "arrays_sha256": digest})

    def measure_arrays(self, slug: str, identity: str) -> bytes | None:
        """Return a measure's arrays as safetensors bytes, verified; None where it has none."""
        path = self._measure_path(slug, identity)
        digest = read_sealed(path)["arrays_sha256"]
        return None if digest is None else self._arrays(path, digest)

    def unfinished_rows(self, slug: str, identity: str, part: int) -> list[list[float]]:
        """Return the rows of a table that a measure had finished when it was stopped; none where they are damaged."""
        try:
            content = read_sealed(self._part_path(slug, identity, part))
        except (FileNotFoundError, Damaged):
            return []
        return [[float.fromhex(number) for number in row] for row in content]

    def write_unfinished_rows(
        self, slug: str, identity: str, part: int, rows: Sequence[Sequence[float]]
    ) -> None:
        """Keep the rows that a measure has finished so far, bit for bit, whatever is not finite included."""
        content = [[number.hex() for number in row] for row in rows]
        write_sealed(self._part_path(slug, identity, part), content)

    def drop_unfinished_rows(self, slug: str) -> None:
        """Remove what is left of a measure's tables, of older code too: its result is there."""
        parts = re.compile(rf"{re.escape(slug[:150])}\.[0-9a-f]+\.part-\d+\.json")
        for path in (self.path / "measures").glob("*.part-*.json"):
            if parts.fullmatch(path.name):  # a slug may be the beginning of another
                path.unlink(missing_ok=True)

    def _part_path(self, slug: str, identity: str, part: int) -> Path:
        return self.path / "measures" / f"{slug[:150]}.{identity}.part-{part}.json"

    def _measure_path(self, slug: str, identity: str) -> Path:
        return self.path / "measures" / f"{slug[:150]}.{identity}.json"

    def _arrays(self, path: Path, digest: str) -> bytes:
        try:
            data = path.with_suffix(".safetensors").read_bytes()
        except FileNotFoundError as error:
            raise Damaged(f"{path.with_suffix('.safetensors')} is missing") from error
        if sha256(data) != digest:
            raise Damaged(f"{path.with_suffix('.safetensors')} does not match its SHA-256")
        return data

    # faults ------------------------------------------------------------------------------------------------------

    def quarantine(self) -> Path:
        """Put a damaged entry aside, for a person to look at; the cell is made anew."""
        for number in range(1, 1000):
            aside = self.path.with_name(f"{self.path.name}.bad-{number}")
            if not aside.exists():
                return self.path.rename(aside)
        raise OSError(f"there are 999 damaged copies of {self.path}; remove them: lossbench store gc")

    def note_attempt(self, **facts: Any) -> None:
        """Append where an attempt began or ended: for people and for tests, not part of the result."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "attempts.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(facts, sort_keys=True) + "\n")


def _state_bytes(path: Path) -> bytes:
    match = state_name.fullmatch(path.name)
    data = path.read_bytes()
    if match is None or sha256(data) != match[2]:
        raise Damaged(f"{path} does not match the SHA-256 in its name")
    return data
