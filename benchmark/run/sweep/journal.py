"""A witness of a sweep: Optuna's own journal, for its dashboard and its plots, and to notice a replay that differs.

The truth is the run store. Whatever is wrong with a journal, it is put aside and written anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from benchmark.run.sweep.search import Search


class _Unlocked:
    """Optuna's lock files outlive a killed process for half a minute; the sweep itself holds a lock of the kernel."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


@dataclass(kw_only=True)
class Journal:
    """The ended trials of all arms of a sweep, in one file.

    Attributes:
        path: of the file.
        note: told when a journal is put aside.
    """

    path: Path
    note: Callable[[str], None]
    _known: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # of an earlier attempt, by arm
    _told: list[tuple[Search, FrozenTrial]] = field(default_factory=list)
    _studies: dict[str, optuna.Study] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.path.exists():
            return
        try:
            _check_ending(self.path)
            for study in self._storage.get_all_studies():
                trials = self._storage.get_all_trials(study._study_id)
                self._known[study.study_name] = list(map(_facts, trials))
        except Exception as error:  # torn, damaged, or of another version of Optuna
            self._put_aside(f"cannot be read ({type(error).__name__})")

    def write(self, search: Search, trial: FrozenTrial) -> None:
        """Add an ended trial, unless an earlier attempt has."""
        self._told.append((search, trial))
        known = self._known.get(search.arm, [])
        if trial.number >= len(known):
            self._add(search, trial)
        elif known[trial.number] != _facts(trial):
            self._put_aside(f"tells of another trial {trial.number} of {search.arm}")
            for told in self._told:
                self._add(*told)

    def _add(self, search: Search, trial: FrozenTrial) -> None:
        if search.arm not in self._studies:
            self._studies[search.arm] = optuna.create_study(
                storage=self._storage,
                study_name=search.arm,
                directions=search.study.directions,
                load_if_exists=True,
            )
        self._studies[search.arm].add_trial(trial)

    @cached_property
    def _storage(self) -> JournalStorage:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return JournalStorage(JournalFileBackend(str(self.path), lock_obj=cast(Any, _Unlocked())))

    def _put_aside(self, why: str) -> None:
        self.__dict__.pop("_storage", None)  # opened anew with the next trial
        self._studies.clear()
        self._known.clear()
        aside = next(
            path
            for number in range(1, 1000)
            if not (path := self.path.with_name(f"{self.path.name}.bad-{number}")).exists()
        )
        self.path.rename(aside)
        self.note(f"the journal {why}; put aside as {aside.name}, and written anew from the run store")


def _check_ending(path: Path) -> None:
    """Refuse a file whose last line is torn: Optuna overlooks it, and would go on writing in the same line."""
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        raise ValueError(f"{path} ends within a line")


def _facts(trial: FrozenTrial) -> dict[str, Any]:
    return {
        "number": trial.number,
        "state": trial.state.name,
        "params": trial.params,
        "values": trial.values,
        "by_seed": trial.user_attrs.get("by_seed"),
    }
