"""What was published: results under a name in reports/, which no run ever touches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.results.provenance import platform_of, read_provenance
from benchmark.store.files import sha256, write_atomic
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder

manifest_name = "published.json"
baseline = "baseline"  # the name of what `lossbench check` compares with


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published result, as far as it can be read.

    Attributes:
        name, why, made: what it is called, what it is good for, and the day on which it was published ("" where
            that was not recorded).
        path: its folder.
        provenance, verdicts, matrices: by suite; the last two by id of the claim.
        code: by suite, what `suite.code.code_of_suite` said; a suite without it was published before it was asked.
        platform: what the same numbers are promised on.
        gate: outcome of `lossbench check` on that platform when it was published; None where it had not run.
        allowed_failures: rows that were allowed to be failed.
        problems: what of it cannot be read, in words; `lossbench verify` tells more.
    """

    name: str
    path: Path
    why: str = ""
    made: str = ""
    provenance: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    verdicts: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    matrices: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    code: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    platform: Mapping[str, str] = field(default_factory=dict)
    gate: Mapping[str, Any] | None = None
    allowed_failures: int = 0
    problems: tuple[str, ...] = ()

    @property
    def suites(self) -> tuple[str, ...]:
        """Names of the suites of which there are records."""
        return tuple(sorted(path.parent.name for path in self.path.glob("results/*/records.parquet")))


def published(workspace: Workspace) -> list[Published]:
    """Return everything that was published in a workspace, the baseline first, then by name."""
    folders = sorted(path.parent for path in workspace.reports.glob(f"[!.]*/{manifest_name}"))
    found = [read_published(folder) for folder in folders if folder.name != "latest"]
    return sorted(found, key=lambda one: (one.name != baseline, one.name))


def read_published(folder: Path) -> Published:
    """Return one published result. What is damaged or was not recorded is left at its default and told."""
    problems: list[str] = []
    manifest = _object(folder / manifest_name, problems)
    tables = sorted(path.parent for path in folder.glob("results/*/records.parquet"))
    provenance = {table.name: _provenance(table, problems) for table in tables}
    judged = {table.name: _object(table / "verdicts.json", problems) for table in tables}
    return Published(
        name=folder.name,
        path=folder,
        why=str(manifest.get("why", "")),
        made=str(manifest.get("made", "")),
        provenance=provenance,
        verdicts={name: content.get("verdicts", {}) for name, content in judged.items()},
        matrices={name: content.get("matrices", {}) for name, content in judged.items()},
        code=manifest.get("code", {}),
        platform=manifest.get("platform") or joint_platform(provenance.values()),
        gate=manifest.get("gate"),
        allowed_failures=int(manifest.get("allowed_failures", 0)),
        problems=(*problems, *_changed(folder, manifest.get("files"))),
    )


def _changed(folder: Path, listed: Any) -> list[str]:
    """Return in words which files are not those that the manifest lists; `lossbench verify` looks closer."""
    found = hashes(folder) if isinstance(listed, Mapping) else {}
    wrong = sorted(name for name in found if listed.get(name, found[name]) != found[name])
    gone = sorted(set(listed or ()) - set(found))
    return [f"{name} is not as it was published" for name in wrong] + [f"{name} is missing" for name in gone]


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a published folder, its manifest aside, by relative path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != manifest_name)
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in paths}


def joint_platform(provenances: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the platform of several runs; facts in which they differ are strung together, and equal no other's."""
    platforms = [platform_of(provenance) for provenance in provenances]
    names = platforms[0] if platforms else {}
    return {name: "; ".join(dict.fromkeys(one[name] for one in platforms)) for name in names}


def stale(one: Published, suites: Iterable[SuiteFolder]) -> dict[str, list[str]]:
    """Return in words what has changed in the code since something was published, by suite; {} where nothing has.

    Args:
        one: what was published.
        suites: those that are here; a published suite that is no longer here is told as well.
    """
    from benchmark.suite.code import changes

    here = {folder.name: folder for folder in suites}
    found: dict[str, list[str]] = {}
    for name in one.suites:
        if name not in here:
            found[name] = ["the suite is no longer here"]
        elif one.provenance.get(name):
            found[name] = changes(here[name], one.provenance[name], one.code.get(name))
        else:
            found[name] = ["its provenance cannot be read"]
    return {name: words for name, words in found.items() if words}


def write_index(workspace: Workspace, path: Path) -> None:
    """Write the hash of every published manifest by name; DVC compares it, since a page shows what is published."""
    manifests = sorted(workspace.reports.glob(f"[!.]*/{manifest_name}"))
    index = {found.parent.name: sha256(found.read_bytes()) for found in manifests}
    write_atomic(path, (json.dumps(index, indent=1, sort_keys=True) + "\n").encode())


def _provenance(table: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return read_provenance(table)
    except (OSError, ValueError) as error:
        problems.append(f"provenance.json of {table.name} cannot be read: {error}")
        return {}


def _object(path: Path, problems: list[str]) -> dict[str, Any]:
    """Return a JSON object; an empty one, with a word to `problems`, where there is none."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        problems.append(f"{path.name} of {path.parent.name} cannot be read: {error}")
        return {}
    if not isinstance(content, dict):
        problems.append(f"{path.name} of {path.parent.name} is no JSON object")
        return {}
    return content
