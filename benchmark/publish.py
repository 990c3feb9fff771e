"""Freeze the latest report: page, records and verdicts under a name, with the hash of every file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from benchmark.files import sha256, write_atomic
from benchmark.workspace import Workspace

manifest_name = "published.json"
left_out = "plotly.min.js"  # 5 MB in every published folder; its page shows the contours and says why
tables = ("records.parquet", "verdicts.json", "provenance.json")


class CannotPublish(ValueError):
    """There is nothing to publish, or the name is taken."""


def publish(workspace: Workspace, name: str, *, why: str) -> Path:
    """Copy reports/latest with the tables it was made from to reports/<name>, which no run ever touches.

    Left out is the script that turns surfaces: copy plotly.min.js of any report beside the page to have it.

    Returns:
        The new folder. Its `published.json` holds `why` and the SHA-256 of every other file.

    Raises:
        CannotPublish: when there is no report, or the name is taken.
    """
    latest, target = workspace.reports / "latest", workspace.reports / name
    if not (latest / "index.html").is_file():
        raise CannotPublish(f"there is no {latest / 'index.html'}; make it first: lossbench report")
    if target.exists():
        raise CannotPublish(f"{target} exists, and what is published stays; choose another name")
    draft = workspace.reports / f".{name}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(latest, draft, ignore=shutil.ignore_patterns(left_out))
    for folder in sorted(path.parent for path in workspace.results.glob("*/records.parquet")):
        for table in tables:
            if (folder / table).is_file():
                (draft / "results" / folder.name).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / table, draft / "results" / folder.name / table)
    manifest = {"name": name, "why": why, "files": hashes(draft)}
    write_atomic(draft / manifest_name, (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())
    return draft.rename(target)


def hashes(folder: Path) -> dict[str, Any]:
    """Return the SHA-256 of every file in a published folder, its manifest aside, by relative path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != manifest_name)
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in paths}
