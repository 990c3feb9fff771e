"""The run store: its size, damage found in it, and what is removed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from benchmark.store.entry import Entry
from benchmark.store.files import sha256, write_atomic, write_sealed
from benchmark.store.run_store import Store
from tests.command_line import Lossbench


def test_an_empty_store_is_intact(lossbench: Lossbench) -> None:
    assert "done" in lossbench("store", "du")[1]
    assert lossbench("store", "verify")[:2] == (0, "0 networks are intact, 0 unfinished, 0 damaged\n")
    assert lossbench("store", "gc", "--dry-run")[1].startswith("would remove 0 networks, 0 B; 0 stay, 0 B")


@pytest.fixture
def entry(workspace: Path) -> Entry:
    """A finished network with one of every kind of file."""
    entry = Store(workspace / "runs").entry("ab" * 32, "1234")
    content = b"weights"
    write_atomic(entry.path / "weights.safetensors", content)
    write_sealed(entry.path / "done.json", {"files": {"weights.safetensors": sha256(content)}})
    write_atomic(entry.path / f"state-5-{sha256(b'state')}.safetensors", b"state")
    write_atomic(entry.path / "measures" / "m.safetensors", b"arrays")
    write_sealed(entry.path / "measures" / "m.json", {"arrays_sha256": sha256(b"arrays")})
    return entry


@pytest.mark.parametrize(
    "name", ["weights.safetensors", "done.json", "state-5-*", "measures/m.safetensors", "measures/m.json"]
)
@pytest.mark.parametrize("is_gone", [True, False])
def test_damage_anywhere_in_the_store_is_found(
    name: str, is_gone: bool, lossbench: Lossbench, entry: Entry
) -> None:
    code, out, _ = lossbench("store", "verify")
    assert (code, out) == (0, "1 networks are intact, 0 unfinished, 0 damaged\n")
    (path,) = entry.path.glob(name)
    if not is_gone:
        path.write_bytes(path.read_bytes()[:-2])
    elif name in ("weights.safetensors", "measures/m.safetensors"):
        path.unlink()
    else:
        return  # without its state a network is finished all the same, and without its marker it is not
    code, out, _ = lossbench("store", "verify")
    assert code == 1
    assert "0 networks are intact, 0 unfinished, 1 damaged" in out
    assert path.name in out
    assert "lossbench run SUITE" in out
    entry.path.rename(entry.path.with_name("1234.bad-1"))
    code, out, _ = lossbench("store", "verify")
    assert code == 0
    assert "1 damaged copies were put aside" in out


def test_an_unfinished_network_is_no_damage(lossbench: Lossbench, entry: Entry) -> None:
    (entry.path / "done.json").unlink()
    assert lossbench("store", "verify")[:2] == (0, "0 networks are intact, 1 unfinished, 0 damaged\n")


def test_what_nobody_asks_for_is_removed_when_it_is_old(lossbench: Lossbench, entry: Entry) -> None:
    assert lossbench("store", "gc")[1].startswith("removed 0 networks, 0 B; 1 stay")
    old = time.time() - 40 * 86400
    os.utime(entry.path, (old, old))
    code, out, _ = lossbench("store", "gc", "--dry-run")
    assert code == 0
    assert out.startswith("would remove 1 networks, ")
    assert entry.path.exists()
    assert lossbench("store", "gc")[1].endswith(
        "0 stay, 0 B: asked for by the suites here, or younger than 30 days\n"
    )
    assert not entry.path.exists()
