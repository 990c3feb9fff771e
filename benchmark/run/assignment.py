"""The first message to a worker: which suite, configuration and store its tasks are about."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.run.bench import Bench
from benchmark.store.run_store import Store
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import Plan, config_from_json, config_to_json, plan


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """What a worker is told first, as plain values: keys and names, never callables.

    Attributes:
        suite: folder of the suite.
        config: as JSON.
        store: folder of the run store.
        numerics: record of the precision and all else that changes bits.
        is_sweep: whether tasks are points to try, for which nothing is laid out beforehand.
    """

    suite: str
    profile: str
    config: Mapping[str, Any]
    store: str
    device: str
    numerics: Mapping[str, Any]
    snapshot_seconds: float
    snapshot_steps: int | None
    is_sweep: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what `Assignment(**...)` takes."""
        return dataclasses.asdict(self)

    def bench(
        self,
        *,
        stop: Callable[[], bool],
        alive: Callable[[str], None],
        note: Callable[[str], None],
    ) -> Bench:
        """Return where and how the worker computes."""
        return Bench(
            store=Store(Path(self.store)),
            device=self.device,
            numerics=self.numerics,
            snapshot_seconds=self.snapshot_seconds,
            snapshot_steps=self.snapshot_steps,
            stop=stop,
            alive=alive,
            note=note,
        )

    def plan(self) -> Plan:
        """Return the plan that the parent made, from the same folder and configuration."""
        from benchmark.cells.data.catalog import pin

        folder = SuiteFolder(path=Path(self.suite))
        config = config_from_json(type(folder.suite.profiles[self.profile]), self.config)
        if self.is_sweep:
            return Plan(folder=folder, profile=self.profile, config=config, cells=(), jobs=())
        return plan(folder, profile=self.profile, config=config, pin=pin)


def assigned(
    folder: SuiteFolder, profile: str, config: Any, bench: Bench, *, is_sweep: bool = False
) -> Assignment:
    """Return what workers are told, who compute as `bench` says."""
    return Assignment(
        suite=str(folder.path),
        profile=profile,
        config=config_to_json(config),
        store=str(bench.store.root),
        device=bench.device,
        numerics=bench.numerics,
        snapshot_seconds=bench.snapshot_seconds,
        snapshot_steps=bench.snapshot_steps,
        is_sweep=is_sweep,
    )
