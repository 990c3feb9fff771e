"""Where the results of one suite come from, in few words: profile, scope, hardware, date and commit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

swept = "tuned"  # the setting that a sweep finds


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A run of a suite; `clock` begins the ids of what is not hashed of it, as date and commit of the latest are.

    `data` and `models` are those on which claims were decided, else those that ran. `settings` are those of the run,
    what a sweep found aside; `altered` names those that are not the profile's.
    """

    suite: str
    profile: str = ""
    data: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    hardware: str = ""
    torch: str = ""
    date: str = ""
    commit: str = ""
    n_cells: int = 0
    platform: Mapping[str, str] = field(default_factory=dict)
    clock: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    altered: tuple[str, ...] = ()


def origin_of(
    suite: str,
    provenance: Mapping[str, Any],
    verdicts: Mapping[str, Mapping[str, Any]],
    *,
    platform: Mapping[str, str],
    models: tuple[str, ...],
    clock: str = "",
    defaults: Mapping[str, Any] | None = None,
) -> Origin:
    """Return where results come from.

    Args:
        suite: its name.
        provenance: of its records.
        verdicts: by claim.
        platform: what the same numbers are promised on.
        models: that ran, by the records; shown where no verdict says on which it was decided.
        clock: begins the ids of what is not hashed of it.
        defaults: settings of the profile, as plain JSON; None where they are not known.
    """
    settings = {name: value for name, value in (provenance.get("config") or {}).items() if name != swept}
    scopes = [dict(verdict.get("scope") or {}) for verdict in verdicts.values()]
    device = provenance.get("device") or {}
    return Origin(
        suite=suite,
        profile=str(provenance.get("profile", "")),
        data=_merged(scope.get("data", ()) for scope in scopes) or tuple(provenance.get("data") or ()),
        models=_merged(scope.get("models", ()) for scope in scopes) or models,
        hardware=str(device.get("name") or device.get("kind") or ""),
        torch=str((provenance.get("versions") or {}).get("torch") or ""),
        date=day_of(provenance.get("started")),
        commit=commit_of(provenance.get("git") or {}),
        n_cells=int(provenance.get("n_cells") or 0),
        platform=platform,
        clock=clock,
        settings=settings,
        altered=differing(settings, settings if defaults is None else defaults),
    )


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of settings that differ, of those that both have."""
    return tuple(name for name in one if name in other and one[name] != other[name])


def models_of(factors: Iterable[str]) -> tuple[str, ...]:
    """Return the models of records by their factors, JSON objects as `records.schema` has them."""
    found = (json.loads(text).get("model") for text in factors)
    return tuple(dict.fromkeys(str(model) for model in found if model))


def commit_of(git: Mapping[str, Any]) -> str:
    """Return a commit as `4be1c07d9a` or, with changes that were not committed, `4be1c07d9a+`."""
    return f"{str(git['sha'])[:10]}{'+' if git.get('dirty') else ''}" if git.get("sha") else ""


def _merged(names: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(name) for several in names for name in several))


def day_of(started: Any) -> str:
    """Return the day (UTC) of seconds since 1970; a text as it is."""
    if isinstance(started, (int, float)):
        return f"{datetime.fromtimestamp(started, tz=UTC):%Y-%m-%d}"
    return str(started or "")
