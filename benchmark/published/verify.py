"""Is a published report what it was: offline, from its own files and the claims that are here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.published.freeze import n_failed, script
from benchmark.published.rejudge import Change, differing, rejudged
from benchmark.results import records
from benchmark.results.provenance import of_run, packages, read_provenance
from benchmark.results.published import hashes, manifest_name
from benchmark.suite.code import changes, code_of_claims
from benchmark.suite.folder import SuiteFolder

if TYPE_CHECKING:
    import pandas as pd

needed = ("suite", "profile", "config", "command", "code", "git", "versions", "device", "machine", "numerics", "data",
          "n_cells", "by_status", "cells")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about a published report that its reader should know.

    Attributes:
        kind: what was looked at.
        text: what was found, in words.
        is_damage: whether the report is not what was published, or was never whole; else it is a note.
        claim, old, new: of a verdict that comes out otherwise today.
    """

    kind: str
    text: str
    is_damage: bool
    claim: str = ""
    old: str = ""
    new: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value != ""}


def verify(folder: Path, suites: Mapping[str, SuiteFolder]) -> list[Finding]:
    """Look at every file, table, verdict and provenance of a published folder.

    Args:
        folder: reports/<name>.
        suites: those that are here, by name: their claims decide the records again.
    """
    try:
        manifest = json.loads((folder / manifest_name).read_bytes())
        listed = {str(name): str(digest) for name, digest in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [_damage("manifest", f"{manifest_name} cannot be read: {type(error).__name__}: {error}")]
    findings = [*_manifest(manifest, folder), *_files(listed, hashes(folder))]
    tables = sorted(path.parent for path in folder.glob("results/*/records.parquet"))
    if not tables:
        findings.append(_damage("records", "it holds no records: results/<suite>/records.parquet"))
    failed = 0
    for table in tables:
        frame, found = _records(table)
        findings += found
        if frame is not None:
            failed += n_failed(frame)
            findings += _suite(table, frame, suites.get(table.name), manifest.get("code", {}).get(table.name))
    if failed > manifest.get("allowed_failures", 0):
        findings.append(_damage("failures", f"{failed} networks or measures failed, which was not declared"))
    return sorted(findings, key=lambda finding: not finding.is_damage)


def _manifest(manifest: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    if manifest.get("name") != folder.name:
        yield _damage("manifest", f"it was published as {manifest.get('name')!r} and lies in {folder.name!r}")
    if not str(manifest.get("why", "")).strip():
        yield _damage("manifest", "it does not say why it was published")
    if "code" not in manifest:
        yield _note("manifest", "it was published before code and platform were recorded")
    elif (manifest.get("git") or {}).get("dirty"):
        yield _note(
            "manifest", "it was published from a working tree that differed from its commit, as declared"
        )


def _files(listed: Mapping[str, str], here: Mapping[str, str]) -> Iterator[Finding]:
    for name in sorted(set(listed) - set(here)):
        yield _damage("file", f"{name} is missing")
    for name in sorted(set(here) - set(listed)):
        if name == script:
            yield _note("file", f"{name} was copied here later")
        else:
            yield _damage("file", f"{name} was not published")
    for name in sorted(set(here) & set(listed)):
        if here[name] != listed[name]:
            yield _damage("file", f"{name} does not match its SHA-256")


def _records(table: Path) -> tuple[pd.DataFrame | None, list[Finding]]:
    name, path = table.name, table / "records.parquet"
    try:
        frame = records.read(path)
        has_schema = records.has_schema(path)
    except (records.SchemaError, OSError) as error:
        return None, [_damage("records", f"{name}: {error}")]
    found = [] if has_schema else [_damage("records", f"{name}: its columns are not those of records")]
    if set(frame["suite"]) - {name}:
        found.append(
            _damage("records", f"{name}: its records are of {', '.join(sorted(set(frame['suite'])))}")
        )
    return frame, found


def _suite(
    table: Path, frame: pd.DataFrame, suite: SuiteFolder | None, code: Mapping[str, Any] | None
) -> Iterator[Finding]:
    """Yield what there is to say of one suite: its provenance, its verdicts, and what has changed since."""
    name = table.name
    try:
        provenance = read_provenance(table)
        frozen = json.loads((table / "verdicts.json").read_bytes())
        yield from _provenance(name, provenance, frame)
        if suite is None:
            yield _note("suite", f"{name} is no longer here, so that its verdicts cannot be computed anew")
            return
        yield from _verdicts(name, differing(frozen, rejudged(frame, suite)), since=_since(suite, code))
        for change in changes(suite, provenance, code):
            yield _note("stale", f"{name}: changed since: {change}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        yield _damage("tables", f"{name}: {type(error).__name__}: {error}")


def _since(suite: SuiteFolder, code: Mapping[str, Any] | None) -> str:
    """Tell whether claims and rule are as they were: "edited", "same", or "" where that was not recorded."""
    if code is None:
        return ""
    return "same" if code_of_claims(suite) == code["claims"] else "edited"


def _verdicts(name: str, found: Iterator[Change], *, since: str) -> Iterator[Finding]:
    for change in found:
        reason = "; ".join(change.edits) or {
            "same": "neither the claims nor the rule have changed since: the frozen verdict is not that of its records",
            "edited": "the claims, or the rule, have changed since",
            "": "whether the claims have changed since was not recorded",
        }[since]  # fmt: skip
        yield Finding(
            kind="verdict",
            text=f"{name}, {change.claim}: {change.old or 'no verdict'} -> {change.new or 'no verdict'}: {reason}",
            is_damage=since == "same",
            claim=change.claim,
            old=change.old,
            new=change.new,
        )


def _provenance(name: str, provenance: Mapping[str, Any], frame: pd.DataFrame) -> Iterator[Finding]:
    absent = [fact for fact in needed if provenance.get(fact) is None]
    absent += [f"versions.{package}" for package in packages if package not in provenance.get("versions", {})]
    unknown = [fact for fact in absent if fact in of_run]  # of tables whose invocation.json is not theirs
    for lacking in (unknown, [fact for fact in absent if fact not in unknown]):
        if lacking:
            yield _damage("provenance", f"{name}: its provenance lacks {', '.join(lacking)}")
    if len(absent) > len(unknown):
        return
    if "git" not in unknown:
        yield from _commit(name, provenance["git"])
    cells = {key for keys in frame["cells"] for key in keys} - set(provenance["cells"])
    if cells or len(provenance["cells"]) != provenance["n_cells"]:
        yield _damage("provenance", f"{name}: records and provenance are not of the same cells")
    if set(frame["profile"]) != {provenance["profile"]}:
        yield _damage("provenance", f"{name}: records and provenance are not of the same profile")


def _commit(name: str, git: Mapping[str, Any]) -> Iterator[Finding]:
    if git.get("sha") is None:
        yield _note("provenance", f"{name}: it ran outside a Git repository, so that no commit is known")
    elif git.get("dirty"):
        yield _note(
            "provenance", f"{name}: it ran while the working tree differed from commit {git['sha'][:7]}"
        )


def _damage(kind: str, text: str) -> Finding:
    return Finding(kind=kind, text=text, is_damage=True)


def _note(kind: str, text: str) -> Finding:
    return Finding(kind=kind, text=text, is_damage=False)
