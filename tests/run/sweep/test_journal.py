"""Optuna's journal of a sweep: readable by Optuna, written once, and made anew when it is damaged or differs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from benchmark.run.sweep.journal import Journal
from benchmark.run.sweep.search import Found
from benchmark.suite.tuning import Try
from tests.run.sweep.questions import bowl, question, searched


def journaled(path: Path, trained: Any = bowl) -> list[str]:
    """Run a search with its journal; return what was noted."""
    notes: list[str] = []
    searched(question(), trained, on_told=Journal(path=path, note=notes.append).write)
    return notes


def states(path: Path) -> list[tuple[int, str, Any]]:
    """Return what Optuna reads in a journal."""
    storage = JournalStorage(JournalFileBackend(str(path)))
    study = optuna.load_study(study_name="width=4", storage=storage)
    return [(trial.number, trial.state.name, trial.params) for trial in study.trials]


def test_optuna_reads_the_trials(tmp_path: Path) -> None:
    path = tmp_path / "sweeps" / "journal.log"
    assert journaled(path) == []
    search = searched(question())
    assert states(path) == [(t.number, t.state.name, t.params) for t in search.study.trials]


def test_a_replay_adds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    journaled(path)
    before = path.read_bytes()
    assert journaled(path) == []
    assert path.read_bytes() == before


def test_wherever_a_journal_is_torn_it_ends_with_the_same_trials(tmp_path: Path) -> None:
    whole = tmp_path / "whole.log"
    journaled(whole)
    data = whole.read_bytes()
    for length in range(0, len(data), len(data) // 15):
        torn = tmp_path / f"torn at {length}.log"
        torn.write_bytes(data[:length])
        journaled(torn)
        assert states(torn) == states(whole), f"torn after {length} bytes"


def test_a_damaged_journal_is_put_aside_and_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    journaled(path)
    whole = states(path)
    path.write_bytes(b"\0not a journal\n" + path.read_bytes())
    (note,) = journaled(path)
    assert "put aside as journal.log.bad-1" in note
    assert path.with_name("journal.log.bad-1").exists()
    assert states(path) == whole


def test_a_replay_that_differs_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    journaled(path)

    def other(tried: Try) -> Found:
        found = bowl(tried)
        return dataclasses.replace(found, val_error=0.5) if tried.seed == 1_000_002 else found

    notes = journaled(path, other)
    assert any("tells of another trial 0 of width=4" in note for note in notes)
    assert states(path) == [
        (t.number, t.state.name, t.params) for t in searched(question(), other).study.trials
    ]
