"""Verdict by verdict: what both sides say of each claim."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Verdict = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One claim on both sides.

    Attributes:
        a, b: the verdicts; None where a side has none, or the claim was not run there.
        is_edited: whether the two sides judged by another statement, size or direction of the claim.
    """

    suite: str
    claim: str
    a: Verdict | None
    b: Verdict | None
    is_edited: bool

    @property
    def is_changed(self) -> bool:
        """Whether both sides decided, and otherwise."""
        return self.a is not None and self.b is not None and self.a["outcome"] != self.b["outcome"]


def compare(suite: str, a: Path, b: Path) -> Iterator[Pair]:
    """Yield every claim that at least one side has run."""
    left, right = _verdicts(a), _verdicts(b)
    for claim in dict.fromkeys([*left, *right]):
        one, other = _run(left.get(claim)), _run(right.get(claim))
        if one or other:
            yield Pair(suite=suite, claim=claim, a=one, b=other, is_edited=_edited(one, other))


def _verdicts(folder: Path) -> Mapping[str, Verdict]:
    try:
        found: Mapping[str, Verdict] = json.loads((folder / "verdicts.json").read_bytes())["verdicts"]
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder / 'verdicts.json'} is no table of verdicts: {error}") from error
    return found


def _run(verdict: Verdict | None) -> Verdict | None:
    return None if verdict is None or verdict["outcome"] == "not_run" else verdict


def _edited(a: Verdict | None, b: Verdict | None) -> bool:
    asked = ("statement", "direction", "smallest_effect", "unit", "rules_version")
    return bool(a and b and any(a.get(name) != b.get(name) for name in asked))
