"""Verdict by verdict: what both sides say of each claim."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Verdict = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One claim on both sides.

    Attributes:
        a, b: the verdicts; None where a side has none, or the claim was not run there.
        is_edited: whether the two sides judged by another statement, size or direction of the claim.
        on_same_cells: whether it rests on the same networks on both sides; see `rests_on`. Asked only of a verdict
            that changed.
    """

    suite: str
    claim: str
    a: Verdict | None
    b: Verdict | None
    is_edited: bool
    on_same_cells: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether both sides decided, and otherwise."""
        return len(self.outcomes) == 2

    @property
    def is_different(self) -> bool:
        """Whether the change is evidence of a difference.

        On other cells a claim that one side leaves open is no such evidence: seeds alone decide now and then, and now
        and then do not.
        """
        return self.is_changed and (self.on_same_cells or "inconclusive" not in self.outcomes)

    @property
    def outcomes(self) -> frozenset[str]:
        """What the sides that ran it say, each outcome once."""
        return frozenset(str(side["outcome"]) for side in (self.a, self.b) if side is not None)


def compare(suite: str, a: Path, b: Path, *, on_same_cells: Callable[[str], bool]) -> Iterator[Pair]:
    """Yield every claim that at least one side has run.

    Args:
        suite: name of the suite.
        a: folder of its results on one side.
        b: that on the other.
        on_same_cells: from the id of a claim to whether it rests on the same networks on both sides.
    """
    left, right = _verdicts(a), _verdicts(b)
    for claim in dict.fromkeys([*left, *right]):
        one, other = _run(left.get(claim)), _run(right.get(claim))
        if one or other:
            pair = Pair(suite=suite, claim=claim, a=one, b=other, is_edited=_edited(one, other))
            yield replace(pair, on_same_cells=on_same_cells(claim)) if pair.is_changed else pair


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
