"""The variants of a definition matrix as one entry for each of its columns, so that a ladder can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmark.published.explain.rungs import Rung
from benchmark.published.explain.steps import Step


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Steps to the variants of one claim in one column of its matrix, in one result; each changes one thing."""

    claim: str
    column: str
    where: str
    steps: tuple[Step, ...]

    @property
    def aspects(self) -> tuple[str, ...]:
        """What changes, step by step; each aspect once."""
        return tuple(dict.fromkeys(change.aspect for step in self.steps for change in step.changes))

    @property
    def starts(self) -> tuple[Rung, ...]:
        """The rungs that they vary, each once."""
        starts = {id(step.start): step.start for step in self.steps if step.start is not None}
        return tuple(starts.values())


def folded(steps: Sequence[Step]) -> Iterator[Step | Fold]:
    """Yield steps in their order, those to several variants of one column as one, where the first of them stood."""
    columns: dict[tuple[str, ...], list[Step]] = {}
    for step in steps:
        columns.setdefault(_column(step.rung), []).append(step)
    for step in steps:
        claim, column, where = of = _column(step.rung)
        same = columns[of]
        if step.rung.variant is None or len(same) == 1:
            yield step
        elif step is same[0]:
            yield Fold(claim=claim, column=column, where=where, steps=tuple(same))


def outcome(fold: Fold) -> str:
    """Say how many of the variants hold, and between which effects they lie; of each unit by itself."""
    verdicts = [step.rung.verdict for step in fold.steps]
    counts = Counter(str(verdict["outcome"]) for verdict in verdicts)
    n_held = counts.pop("reproduced", 0)
    parts = [f"{n_held} of {len(verdicts)} reproduced", *(f"{n} {name}" for name, n in counts.items())]
    effects: dict[str, list[float]] = {}
    for verdict in verdicts:
        if verdict.get("effect") is not None:
            effects.setdefault(str(verdict.get("unit", "")), []).append(float(verdict["effect"]))
    ranges = [f"{min(some):.3g} to {max(some):.3g} {unit}".rstrip() for unit, some in effects.items()]
    return "; ".join([", ".join(parts), *([f"effects {' and '.join(ranges)}"] if ranges else [])])


def _column(rung: Rung) -> tuple[str, str, str]:
    return rung.claim, rung.variant[1] if rung.variant else "", rung.where
