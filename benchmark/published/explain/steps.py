"""The ladder: every rung reached from the nearest one before it, and what changes on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmark.published.explain.ranges import listed
from benchmark.published.explain.rungs import Rung
from benchmark.published.explain.settings import Change, changes


@dataclass(frozen=True, kw_only=True)
class Step:
    """From one rung to the next.

    Attributes:
        rung: where it ends.
        start: where it begins; None for the first.
        changes: what differs, one entry for each aspect, the seeds among them. Several are confounded: none of them
            alone explains it.
        splits: rungs that have not been run and lie between, so that a run of them splits the step.
    """

    rung: Rung
    start: Rung | None
    changes: tuple[Change, ...]
    splits: tuple[Rung, ...] = ()

    @property
    def is_confounded(self) -> bool:
        """Whether several aspects change at once."""
        return len(self.changes) > 1


def climb(rungs: Sequence[Rung]) -> tuple[list[Step], int]:
    """Order rungs from nearest to the first one to farthest, each reached from the nearest that has a result.

    The first is the paper's, or any result where the paper's is not known.
    Cells of a definition matrix take part where they change one thing of a claim's own setting.

    Returns:
        The steps, and how many cells of matrices were left out since they change more than one.
    """
    done = [rung for rung in rungs if not rung.is_open and rung.variant is None]
    if not done:
        return [], 0
    first, *done = done
    others = [rung for rung in rungs if rung is not first]
    done.sort(key=lambda rung: len(changes(first.settings, rung.settings)))
    steps = [Step(rung=first, start=None, changes=())]
    for rung in done:
        start = _nearest(rung, [step.rung for step in steps])
        steps.append(_step(start, rung, others))
    variants = [_step(_nearest(rung, [first, *done]), rung, ()) for rung in others if rung.variant]
    told = {(step.rung.where, _frozen(step.rung)) for step in steps}
    new = [step for step in variants if step.changes and (step.rung.where, _frozen(step.rung)) not in told]
    single = [step for step in new if len(step.changes) == 1]
    for step in reversed(single):  # each after the rung that it varies
        place = next(i for i, one in enumerate(steps) if one.rung is step.start)
        steps.insert(place + 1, step)
    return steps, len(new) - len(single)


def _step(start: Rung, rung: Rung, others: Sequence[Rung]) -> Step:
    changed = _changed(start, rung)
    between = tuple(one for one in others if one.is_open and _is_between(start, one, rung))
    return Step(rung=rung, start=start, changes=changed, splits=between)


def _changed(start: Rung, rung: Rung) -> tuple[Change, ...]:
    """Return what differs between two rungs; the seeds too, for other seeds alone move an effect."""
    return (*changes(start.settings, rung.settings), *_other_seeds(start, rung))


def _other_seeds(start: Rung, rung: Rung) -> Iterator[Change]:
    before, after = set(start.seeds), set(rung.seeds)
    if before and after and before != after:
        yield Change(aspect="seeds", before=listed(start.seeds), after=listed(rung.seeds))


def _is_between(start: Rung, middle: Rung, end: Rung) -> bool:
    n = len(changes(start.settings, end.settings))
    before, after = len(changes(start.settings, middle.settings)), len(changes(middle.settings, end.settings))
    return 0 < before < n and 0 < after < n


def _nearest(rung: Rung, before: Sequence[Rung]) -> Rung:
    """Return the rung that differs least; of several the first, for it is the nearest to the paper."""
    return min(before, key=lambda one: len(_changed(one, rung)))


def _frozen(rung: Rung) -> str:
    return repr(sorted(rung.settings.items()))
