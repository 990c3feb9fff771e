"""What differs in where two sides come from: versions, device, configuration, code, data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.results.provenance import read_provenance

looked_at = ("profile", "config", "code", "git", "versions", "device", "machine", "numerics", "data")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One fact that is not the same on both sides, and the suites of which that is so."""

    fact: str
    a: str
    b: str
    suites: tuple[str, ...]


def compare(a: Mapping[str, Path], b: Mapping[str, Path]) -> list[Difference]:
    """Return the facts in which the provenance of the shared suites differs; equal differences are one."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for suite in sorted(set(a) & set(b)):
        left, right = (dict(_facts("", _provenance(side[suite]))) for side in (a, b))
        for fact in dict.fromkeys([*left, *right]):
            values = (left.get(fact, "not recorded"), right.get(fact, "not recorded"))
            if values[0] != values[1]:
                found.setdefault((fact, *values), []).append(suite)
    return [
        Difference(fact=fact, a=old, b=new, suites=tuple(suites))
        for (fact, old, new), suites in found.items()
    ]


def _provenance(folder: Path) -> dict[str, Any]:
    try:
        content = read_provenance(folder)
    except (OSError, ValueError):
        return {}
    return {name: content[name] for name in looked_at if name in content}


def _facts(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from _facts(f"{prefix}.{name}" if prefix else str(name), item)
    else:
        yield prefix, value if isinstance(value, str) else json.dumps(value)
