"""Where the numbers of a suite come from: data, code, versions and hardware; in a line also how the run went."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from benchmark.cells.data.published_names import embedded, published
from benchmark.report.pages.suite_results import SuiteResults
from benchmark.report.words.html_table import Table, table
from benchmark.report.words.numbers import duration, moment
from benchmark.report.words.rounding import in_words

lossy_words = re.compile(r"lossy|jpe?g|compress|(?<![a-z])q\d\d(?!\d)", re.IGNORECASE)


def data_of(results: SuiteResults) -> dict[str, Mapping[str, Any]]:
    """Return the data sets by name; those that only the records tell of have no entry."""
    known = dict(results.provenance.get("data", {}))
    if known or results.records is None or "data" not in results.records.columns:
        return known
    return {str(name).lower(): {} for name in results.records["data"].dropna().unique()}


def is_published(name: str, entry: Mapping[str, Any]) -> bool:
    """Tell whether these are the pictures that papers report errors on, unaltered."""
    is_lossy = lossy_words.search(name) or lossy_words.search(str(entry.get("source", "")))
    is_known = name.lower() in (*embedded, *published) and entry.get("kind") != "ImageFolder"
    return is_known and not is_lossy


def data_table(data: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return the data sets with source, size and digest, and whether papers report on them."""
    rows = [
        (
            name,
            entry.get("source", ""),
            _count(entry.get("counts", entry.get("n"))),
            _count(entry.get("classes")),
            entry.get("digest", ""),
            ""
            if is_published(name, entry)
            else "own or altered pictures: errors are not comparable with papers",
        )
        for name, entry in data.items()
    ]
    return table("Data", ("name", "source", "examples", "classes", "digest (SHA-256)", "note"), rows)


def _count(value: Any) -> Any:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {n}" for name, n in value.items())
    return len(value) if isinstance(value, (list, tuple)) else value


def provenance_table(results: SuiteResults) -> Table:
    """Return provenance line by line; the list of cells stands in the table of failures."""
    left_out = ("cells", "data", "suite")
    entries = {name: value for name, value in results.provenance.items() if name not in left_out}
    if results.twins:
        entries["rounding"] = in_words(results.twins)
    if results.rules_version:
        entries["rules version"] = results.rules_version
    return table(
        "Provenance", ("what", "value"), [(name.replace("_", " "), _words(v)) for name, v in entries.items()]
    )


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(item)}" for name, item in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(_words(item) for item in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    return f"{value:.6g}".replace("-", "−") if isinstance(value, float) else str(value)


def commit_in_words(git: Mapping[str, Any]) -> str:
    """Return a commit in words."""
    if not git.get("sha"):
        return "not under version control"
    return f"commit {str(git['sha'])[:10]}" + (" with uncommitted changes" if git.get("dirty") else "")


def summary(provenance: Mapping[str, Any]) -> str:
    """Return a line for the head of the section: cells, failures, device; and time and commit, where they are told."""
    if not provenance:
        return ""
    git, device = provenance.get("git") or {}, provenance.get("device") or {}
    by_status = provenance.get("by_status") or {"failed": provenance.get("n_failed", 0)}
    parts = [
        f"{provenance.get('n_cells', '?')} cells",
        *(f"{n} {status.replace('_', ' ')}" for status, n in by_status.items() if n and status != "done"),
        duration(provenance["seconds"]) if provenance.get("seconds") is not None else "",
        str(device.get("name") or device.get("kind") or ""),
        commit_in_words(git) if "git" in provenance else "",
        moment(provenance.get("started", "")),
    ]
    return " · ".join(part for part in parts if part)
