"""The store keeps what it was given, notices damage, and has no favourite order."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from benchmark.store import files
from benchmark.store.entry import Busy, Entry
from benchmark.store.files import Damaged
from benchmark.store.run_store import Store
from benchmark.store.tensors import parse_tensors, tensor_bytes


@pytest.fixture
def entry(tmp_path: Path) -> Entry:
    return Store(tmp_path).entry("a" * 64, "b" * 16)


def committed(entry: Entry) -> Entry:
    digest = entry.write_tensors("weights.safetensors", {"w": torch.arange(6.0)})
    entry.commit({"key": "a" * 64, "status": "done"}, {"weights.safetensors": digest})
    return entry


def kept(entry: Entry) -> None:
    entry.write_measure("m", "i", {"readings": []}, {"x": torch.ones(2).numpy()})


@pytest.mark.parametrize(("write", "n_files"), [(committed, 2), (kept, 2)])
def test_what_is_said_to_be_stored_has_a_durable_name(
    entry: Entry, monkeypatch: pytest.MonkeyPatch, write: Callable[[Entry], object], n_files: int
) -> None:
    done: list[tuple[str, Path]] = []
    replace = os.replace

    def renamed(source: str, target: Path) -> None:
        replace(source, target)
        done.append(("name", target.parent))

    monkeypatch.setattr(os, "replace", renamed)
    monkeypatch.setattr(files, "sync_folder", lambda folder: done.append(("sync", folder)))
    write(entry)
    assert done[-1] == ("sync", done[0][1]), "the folder last, when all names are in it"
    assert done[:-1] == [("name", done[0][1])] * n_files


def test_tensors_keep_their_order_and_values() -> None:
    tensors = {name: torch.randn(3, dtype=torch.float64) for name in ("z", "a", "m", "b")}
    tensors |= {"count": torch.tensor(3), "empty": torch.zeros(0)}
    for _ in range(20):  # safetensors' own order is that of a hash map, another one at every load
        found, meta = parse_tensors(tensor_bytes(tensors, {"step": 7}))
        assert list(found) == list(tensors)
        assert meta == {"step": 7}
        assert all(torch.equal(found[name], tensors[name]) for name in tensors)


def test_equal_tensors_give_equal_bytes() -> None:
    tensors = {"b": torch.ones(4), "a": torch.zeros(2)}
    assert len({tensor_bytes(tensors, {"x": 1, "y": [2]}) for _ in range(20)}) == 1


def test_every_flipped_bit_is_noticed(entry: Entry) -> None:
    committed(entry)
    path = entry.path / "weights.safetensors"
    data = path.read_bytes()
    for offset in range(0, len(data), 7):
        path.write_bytes(data[:offset] + bytes([data[offset] ^ 1]) + data[offset + 1 :])
        with pytest.raises(Damaged, match="weights"):
            entry.read_tensors("weights.safetensors")


@pytest.mark.parametrize("length", [0, 1, 8, 100])
def test_truncated_files_are_noticed(entry: Entry, length: int) -> None:
    committed(entry)
    for name in ("weights.safetensors", "done.json"):
        path = entry.path / name
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(Damaged):
            entry.read_tensors("weights.safetensors")


def test_a_damaged_state_is_passed_over_for_an_older_one(entry: Entry) -> None:
    for step in (10, 20):
        entry.write_state(step, {"w": torch.full((2,), float(step))}, {"step": step})
    newest = next(entry.path.glob("state-20-*"))
    newest.write_bytes(newest.read_bytes()[:-1] + b"\0")
    latest = entry.latest_state()
    assert latest is not None and latest[0] == 10
    assert entry.state_steps() == [10]


def test_a_state_before_a_missing_one_is_found(entry: Entry) -> None:
    for step in (10, 20, 30):
        entry.write_state(step, {"w": torch.zeros(1)}, {})
    latest = entry.latest_state(before=25)
    assert latest is not None and latest[0] == 20


def test_a_damaged_measure_is_noticed(entry: Entry) -> None:
    entry.write_measure("m", "i", {"readings": []}, {"x": torch.ones(2).numpy()})
    assert entry.measured("m", "i") is not None
    array = next((entry.path / "measures").glob("*.safetensors"))
    array.write_bytes(b"")
    with pytest.raises(Damaged, match="SHA-256"):
        entry.measured("m", "i")


def test_a_held_entry_is_busy(entry: Entry) -> None:
    lock = entry.lock()
    with pytest.raises(Busy):
        Entry(entry.path).lock()
    lock.release()
    Entry(entry.path).lock().release()


def test_gc_keeps_what_is_wanted_and_what_is_held(tmp_path: Path) -> None:
    store = Store(tmp_path)
    wanted, unwanted, held = (committed(store.entry(letter * 64, "1" * 16)) for letter in "abc")
    lock = held.lock()
    removed = store.gc(keep={("a" * 64, "1" * 16)})
    lock.release()
    assert removed == [unwanted.path]
    assert wanted.path.exists() and held.path.exists()


def test_quarantine_keeps_the_damaged_copy(entry: Entry) -> None:
    committed(entry)
    aside = entry.quarantine()
    assert aside.name.endswith(".bad-1") and not entry.path.exists()
    assert [kind for _, kind, _ in Store(entry.path.parents[2]).usage()] == ["damaged"]
