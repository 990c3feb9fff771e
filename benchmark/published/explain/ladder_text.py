"""A ladder in words: for people, for Markdown, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmark.published.explain.confounded import Split
from benchmark.published.explain.folds import Fold, folded, outcome
from benchmark.published.explain.ranges import listed
from benchmark.published.explain.rungs import Rung, paper
from benchmark.published.explain.steps import Step
from benchmark.stats.claim import Claim


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """Everything that is known of how a claim's number came to be another than the paper's.

    Attributes:
        claim: that was asked about.
        suite: whose claim it is.
        steps: from the paper's protocol to the settings farthest from it.
        splits: for each step, runs that would tell its changes apart.
        open: settings in which a claim of the family could be decided, and has not been.
        n_left_out: cells of definition matrices that change more than one thing.
    """

    claim: Claim
    suite: str
    steps: Sequence[Step]
    splits: Sequence[Sequence[Split]]
    open: Sequence[Rung]
    n_left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry as it is read: a step, or the folded variants of a definition matrix."""

    number: str
    title: str
    result: str
    details: Sequence[str]


def as_text(ladder: Ladder, *, every: bool = False) -> str:
    """Return the ladder for a terminal; `every` lists the variants of definition matrices one by one."""
    claim = ladder.claim
    lines = [
        f"{claim.id}: {claim.statement}",
        f"paper: {claim.paper_value or 'no number'} ({claim.source}, {claim.evidence})",
    ]
    for entry in _entries(ladder, every=every):
        lines += [
            "",
            f"{entry.number}. {entry.title}: {entry.result}",
            *(f"   {line}" for line in entry.details),
        ]
    lines += [text for note in _notes(ladder, every=every) for text in ("", note)]
    if ladder.open:
        lines += ["", "not run:"]
        lines += [f"   {', '.join(claims)}: {command}" for command, claims in _commands(ladder.open).items()]
    return "\n".join([*lines, "", bottom_line(ladder)])


def as_markdown(ladder: Ladder, *, every: bool = False) -> str:
    """Return the ladder as Markdown; `every` as for a terminal."""
    claim = ladder.claim
    lines = [f"# The gap ladder of {claim.id}", "", claim.statement, "",
             f"Paper: {claim.paper_value or 'no number'} ({claim.source}, {claim.evidence}).", ""]  # fmt: skip
    for entry in _entries(ladder, every=every):
        lines += [f"- **{entry.number}. {entry.title}**: {entry.result}"]
        lines += [f"    - {line.strip()}" for line in entry.details]
    lines += [text for note in _notes(ladder, every=every) for text in ("", f"{note}.")]
    if ladder.open:
        lines += ["", "Not run:", ""]
        lines += [f"- {', '.join(claims)}: `{command}`" for command, claims in _commands(ladder.open).items()]
    return "\n".join([*lines, "", bottom_line(ladder), ""])


def as_json(ladder: Ladder) -> dict[str, Any]:
    """Return the ladder as plain JSON; rungs are named by their number."""
    facts = ("outcome", "reason", "effect", "low", "high", "unit", "n", "n_failed")
    return {
        "claim": ladder.claim.id,
        "suite": ladder.suite,
        "statement": ladder.claim.statement,
        "paper_value": ladder.claim.paper_value,
        "source": ladder.claim.source,
        "steps": [
            {
                "number": _number(ladder, step.rung),
                "claim": step.rung.name,
                "where": step.rung.where,
                "profile": step.rung.profile,
                **{name: step.rung.verdict.get(name) for name in facts},
                "from": None if step.start is None else _number(ladder, step.start),
                "changes": [asdict(change) for change in step.changes],
                "is_confounded": step.is_confounded,
                "between": [{"claim": rung.name, "command": rung.command} for rung in step.splits],
                "would_separate": [asdict(split) for split in splits],
                "settings": {name: list(values) for name, values in step.rung.settings.items()},
            }
            for step, splits in zip(ladder.steps, ladder.splits, strict=True)
        ],
        "open": [
            {"claim": rung.name, "profile": rung.profile, "command": rung.command} for rung in ladder.open
        ],
        "bottom_line": bottom_line(ladder),
    }


def bottom_line(ladder: Ladder) -> str:
    """Say in a sentence how far the ladder goes."""
    reached = [step for step in ladder.steps if step.rung.where != paper]
    if not reached:
        return "nothing of this claim's family has been run here"
    confounded = [_number(ladder, step.rung) for step in reached if step.is_confounded]
    single = sum(len(step.changes) == 1 for step in reached)
    parts = [f"{single} of {len(reached)} steps change one thing"] if single else []
    if confounded:
        which = (
            f"step {confounded[0]} changes" if len(confounded) == 1 else f"steps {listed(confounded)} change"
        )
        parts.append(f"what {which} is confounded: no result here tells which of it makes the difference")
    parts += _largest(ladder)
    return "; ".join(parts) or "every result is of one and the same setting"


def _largest(ladder: Ladder) -> Iterator[str]:
    """Name the step of one change that moves the effect farthest, among effects in the unit of the claim.

    An error and a loss have no common scale, so that steps between effects in other units do not take part.
    """
    moved = [
        (abs(step.rung.verdict["effect"] - step.start.verdict["effect"]), step)
        for step in ladder.steps
        if len(step.changes) == 1
        and step.start is not None
        and step.rung.verdict.get("unit") == ladder.claim.unit
        and _from_to(step.start.verdict, step.rung.verdict)
    ]
    if len(moved) > 1:
        _, step = max(moved, key=lambda pair: pair[0])
        number, change = _number(ladder, step.rung), step.changes[0]
        yield f"of single changes that of step {number} ({change.aspect}) moves the effect farthest"


def title(rung: Rung) -> str:
    """Name a rung."""
    return "the paper's protocol" if rung.where == paper else f"{rung.where}: {rung.name}"


def result(rung: Rung) -> str:
    """Return what came out: outcome, effect and interval; of the paper its number as it stands there."""
    verdict = rung.verdict
    if rung.where == paper:
        return str(verdict["paper_value"])
    if verdict.get("effect") is None:
        return f"{verdict['outcome']} ({verdict.get('reason', '')})"
    effect, unit = float(verdict["effect"]), str(verdict.get("unit", ""))
    low, high = ("?" if verdict.get(end) is None else f"{verdict[end]:.3g}" for end in ("low", "high"))
    ratio = f" (a ratio of {math.exp(effect):.3g})" if unit == "log ratio" else ""
    return f"{verdict['outcome']}, {effect:.3g} [{low}, {high}] {unit}{ratio}, n = {verdict.get('n')}"


def _reached(ladder: Ladder, step: Step) -> Iterator[str]:
    if step.start is None:
        return
    start, n = _number(ladder, step.start), len(step.changes)
    effects = _from_to(step.start.verdict, step.rung.verdict)
    if not n and step.start.name != step.rung.name:
        yield f"from {start}, the setting is the same, and the claim another"
    elif not n:
        yield f"from {start}, nothing of the protocol changes (other seeds, code or platform){effects}"
    elif n == 1:
        yield f"from {start}, one thing changes{effects}"
    else:
        yield f"from {start}, {n} things change at once, and none of them alone explains the difference{effects}"
    for change in step.changes:
        yield f"  {change.aspect}: {change.before} -> {change.after}"


def _from_to(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if before.get("effect") is None or after.get("effect") is None or before.get("unit") != after.get("unit"):
        return ""
    return f": effect {before['effect']:.3g} -> {after['effect']:.3g}"


def _to_split(step: Step, splits: Sequence[Split], suite: str) -> Iterator[str]:
    if step.splits:
        yield "a result in between would split it:"
        for command, claims in _commands(step.splits).items():
            yield f"  {', '.join(claims)}: {command}"
    if splits:
        yield "one thing changed back, and nothing else:"
    for split in splits:
        then = f" && {split.judge}" if split.judge else (
            f" (no claim is about that: it needs one of its own in suites/{suite}/claims.py)"
        )  # fmt: skip
        yield f"  {split.change.aspect} ({split.change.before} -> {split.change.after}): {split.command}{then}"


def _entries(ladder: Ladder, *, every: bool) -> Iterator[Entry]:
    splits = {id(step): found for step, found in zip(ladder.steps, ladder.splits, strict=True)}
    for one in ladder.steps if every else folded(ladder.steps):
        if isinstance(one, Fold):
            yield _folded_entry(ladder, one)
        else:
            yield Entry(
                number=str(_number(ladder, one.rung)),
                title=title(one.rung),
                result=result(one.rung),
                details=[*_reached(ladder, one), *_to_split(one, splits[id(one)], ladder.suite)],
            )


def _folded_entry(ladder: Ladder, fold: Fold) -> Entry:
    starts = listed([_number(ladder, rung) for rung in fold.starts])
    return Entry(
        number=listed([_number(ladder, step.rung) for step in fold.steps]),
        title=f"{fold.where}: {fold.claim} [{len(fold.steps)} definitions; {fold.column}]",
        result=outcome(fold),
        details=[f"from {starts}, one thing changes in each: {' or '.join(fold.aspects)}"],
    )


def _notes(ladder: Ladder, *, every: bool) -> Iterator[str]:
    if not every and any(isinstance(one, Fold) for one in folded(ladder.steps)):
        yield "variants of definitions are folded by the columns of their matrix; --all lists each"
    if ladder.n_left_out:
        yield f"{_more(ladder.n_left_out)} of definitions change more than one thing: see the report"


def _commands(rungs: Sequence[Rung]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rung in rungs:
        found.setdefault(rung.command, []).append(rung.name)
    return found


def _number(ladder: Ladder, rung: Rung) -> int:
    return next(place for place, step in enumerate(ladder.steps, start=1) if step.rung is rung)


def _more(count: int) -> str:
    return "1 more cell" if count == 1 else f"{count} more cells"
