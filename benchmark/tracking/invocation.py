"""What a parent run stands for: one suite, profile, configuration and state of the code."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from benchmark.results.links import experiment_name
from benchmark.store.files import sha256, to_json
from benchmark.tracking.head import DataSets, Head

longest_name = 80  # of a parent run, without its commit


@dataclass(frozen=True)
class Invocation:
    """The provenance of a run, read for MLflow; while a suite runs it lacks what is known at the end.

    Of tables that DVC brought back it may lack command, commit and clock.

    `code`, where the provenance has it, is the identity of the code; else the git commit stands in for it.
    """

    provenance: Mapping[str, Any]

    @property
    def head(self) -> Head:
        """The parent run."""
        return Head(
            id=self.id,
            experiment=self.experiment,
            name=self.name,
            started=self.started,
            kind="suite",
            child="cell",
            tags=self.tags,
            own_tags={"device": self.device} if self.device else {},
            question=self.question,
            data=self.data(),
        )

    @property
    def id(self) -> str:
        """Equal for runs that ask for the same thing of the same code; they share one parent run."""
        asked = {name: self.provenance.get(name) for name in ("suite", "profile", "config")}
        code = self.provenance.get("code") or (self.provenance.get("git") or {}).get("sha")
        return sha256(to_json(asked | {"code": code}))[:16]

    @property
    def experiment(self) -> str:
        """Name of the MLflow experiment."""
        return experiment_name(self.provenance["suite"], self.provenance["profile"])

    @property
    def name(self) -> str:
        """Name of the parent run."""
        git = self.provenance.get("git") or {}
        commit = f" @ {git['sha'][:8]}{'+' if git.get('dirty') else ''}" if git.get("sha") else ""
        words = [self.provenance["suite"], self.provenance["profile"], *self._set_apart]
        return f"{' '.join(words)[:longest_name]}{commit}"

    @property
    def _set_apart(self) -> list[str]:
        """What the command sets, as in "lr=0.05" and "seeds=3", which is how many."""
        words = shlex.split(str(self.provenance.get("command") or ""))
        options = list(pairwise(words))
        settings = dict(word.split("=", 1) for option, word in options if option == "--set" and "=" in word)
        settings.update(("seeds", word) for option, word in options if option == "--seeds")
        seeds = (self.provenance.get("config") or {}).get("seeds")
        if "seeds" in settings and isinstance(seeds, list):
            settings["seeds"] = str(len(seeds))
        return [f"{name}={''.join(value.split())}" for name, value in settings.items()]

    @property
    def started(self) -> int | None:
        """Milliseconds since 1970, from seconds or an ISO date; None where nobody knows."""
        started = self.provenance.get("started")
        if started is None:
            return None
        seconds = datetime.fromisoformat(started).timestamp() if isinstance(started, str) else started
        return round(seconds * 1000)

    @property
    def tags(self) -> dict[str, str]:
        """Tags of the parent and its children."""
        git = self.provenance.get("git") or {}
        versions = self.provenance.get("versions") or {}
        tags = {
            "suite": self.provenance["suite"],
            "profile": self.provenance["profile"],
            "commit": git.get("sha"),
            "dirty": None if git.get("dirty") is None else str(git["dirty"]).lower(),
            "versions": ", ".join(
                f"{name} {version}" for name, version in sorted(versions.items()) if version
            ),
            "mlflow.source.git.commit": git.get("sha"),
            "mlflow.source.name": self.provenance.get("command"),
            "mlflow.source.type": "LOCAL",
        }
        return {tag: str(value) for tag, value in tags.items() if value}

    @property
    def question(self) -> str:
        """What the suite asks, where the provenance says so."""
        return str(self.provenance.get("question") or "")

    @property
    def device(self) -> str:
        """What it ran on, in words."""
        return str((self.provenance.get("device") or {}).get("name") or "")

    def data(self, factors: Mapping[str, Any] | None = None) -> DataSets:
        """Return name -> facts of the data sets; of those a cell uses, if its factors are given."""
        every: DataSets = self.provenance.get("data") or {}
        if factors is None or len(every) == 1:
            return every
        kind, asked = factors.get("data"), factors.get("data.name")
        return {
            name: facts
            for name, facts in every.items()
            if name == asked or (asked is None and facts.get("kind") == kind)
        }
