"""A comparison in words: sections of rows, for a terminal and for Markdown, and a bottom line."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.published.compare.comparison import Comparison
from benchmark.published.compare.number_by_number import Number
from benchmark.published.compare.verdict_by_verdict import Pair

Row = dict[str, Any]
most_rows = 20  # of numbers; JSON has them all
titles = {"different": "Numbers that differ", "undecided": "Undecided numbers, the farthest first"}
longest = 60  # characters of a fact of provenance
least_seeds = "at least two seeds on each side"
uncorrected = (
    "The tests of equivalence are not corrected for their number: of numbers that differ by just the margin, about 5 % "
    "pass as the same."
)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading with a table, or the sentence that stands where there is none."""

    title: str
    rows: Sequence[Row]
    empty: str = ""


def sections(found: Comparison) -> Iterator[Section]:
    """Yield what a reader should see, the summary by suite last."""
    yield Section(
        title="What differs in where they come from", rows=_origins(found), empty="nothing that was recorded"
    )
    if found.turned:
        yield Section(title="Turned in arms that are compared", rows=_turned(found))
    verdicts = [_verdict(pair) for pair in found.verdicts]
    yield Section(title="Verdicts", rows=verdicts, empty="no claim was decided on either side")
    for outcome, title in titles.items():
        chosen = [one for one in found.numbers if one.outcome == outcome]
        chosen.sort(key=lambda one: -abs(one.difference) if not math.isnan(one.difference) else -math.inf)
        if chosen:
            more = f" ({most_rows} of {len(chosen)}; all: --json)" if len(chosen) > most_rows else ""
            yield Section(title=title + more, rows=[_number(one) for one in chosen[:most_rows]])
    curves = [
        {"suite": one.suite, "curve": f"{one.label} {one.quantity}", "points": one.n_points, "equal": one.n_equal,
         "largest deviation": f"{one.largest:.3g}", "on one side only": one.n_single}
        for one in found.curves if one.n_equal < one.n_points or one.n_single
    ]  # fmt: skip
    if curves:
        yield Section(title="Curves of the same cells that are not equal bit by bit", rows=curves)
    arms = [{"suite": one.suite, "only in": side, "arm": arm}
            for one in found.arms for side, names in (("A", one.a), ("B", one.b)) for arm in names]  # fmt: skip
    if arms:
        yield Section(title="Arms that one side alone has, and that are compared with none", rows=arms)
    yield Section(title="Numbers by suite", rows=[_suite(found, suite) for suite in found.suites],
                  empty="no suite is on both sides")  # fmt: skip


def bottom_line(found: Comparison) -> str:
    """Say in a sentence or two whether the sides differ, and what would be needed to know more."""
    counts, n = found.counts, len(found.numbers)
    alone = [
        f"only {side} has {', '.join(names)}"
        for side, names in (("A", found.only_a), ("B", found.only_b))
        if names
    ]
    parts = [f"{_count(counts['different'], 'number')} of {n} differ"] if counts["different"] else []
    parts += _changed(found)
    if not n:
        parts += ["no number is of the same arm on both sides"]
    elif untold := [suite for suite in found.suites if all(one.suite != suite for one in found.numbers)]:
        parts += [f"nothing of {', '.join(untold)} is compared, for no arm is on both sides"]
    if counts["same"]:
        parts += [f"{counts['same']} are the same{_how_same(found)}"]
    parts += [_undecided(found)] if counts["undecided"] else []
    return f"{_state(found)}: {'; '.join([*parts, *alone])}"


def _changed(found: Comparison) -> Iterator[str]:
    changed = [pair for pair in found.verdicts if pair.is_changed]
    for is_different, what in ((True, "changed"), (False, "changed to or from inconclusive on other cells")):
        claims = [pair.claim for pair in changed if pair.is_different is is_different]
        named = ", ".join(claims[:3]) + (", ..." if claims[3:] else "")
        if claims:
            yield f"{_count(len(claims), 'verdict')} {what} ({named})"


def notes(found: Comparison) -> list[str]:
    """Return what a reader must know of the outcomes."""
    tested = any(
        one.outcome == "same" and not (one.is_paired and one.n_equal == one.n_a) for one in found.numbers
    )
    return [uncorrected] if tested else []


def _state(found: Comparison) -> str:
    if found.is_different:
        return "different"
    if not found.numbers:
        return "not comparable"
    is_open = found.counts["undecided"] or any(pair.is_changed for pair in found.verdicts)
    return "no difference found" if is_open else "the same"


def as_json(found: Comparison) -> dict[str, Any]:
    """Return everything, numbers that are not finite as null."""
    content = {**dataclasses.asdict(found), "counts": dict(found.counts), "bottom_line": bottom_line(found),
               "is_different": found.is_different, "notes": notes(found)}  # fmt: skip
    for pair, row in zip(found.verdicts, content["verdicts"], strict=True):
        row |= {"is_changed": pair.is_changed, "is_different": pair.is_different}
    plain: dict[str, Any] = _finite(content)
    return plain


def as_markdown(found: Comparison) -> str:
    """Return everything that a terminal shows as Markdown."""
    lines = ["# Comparison", "", f"A: `{found.a}`, B: `{found.b}`, margin: {found.margin:g} seed sd", "",
             f"**{bottom_line(found)}**", ""]  # fmt: skip
    for section in sections(found):
        lines += [f"## {section.title}", "", *markdown_table(section.rows, section.empty), ""]
    for note in notes(found):
        lines += [note, ""]
    return "\n".join(lines)


def markdown_table(rows: Sequence[Mapping[str, Any]], empty: str) -> list[str]:
    """Return the lines of a table."""
    if not rows:
        return [empty]
    cells = [
        [str("" if value is None else value).replace("|", "\\|") for value in row.values()] for row in rows
    ]
    head = [str(name) for name in rows[0]]
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *cells)]


def _how_same(found: Comparison) -> str:
    same = [one for one in found.numbers if one.outcome == "same"]
    exact = sum(one.is_paired and one.n_equal == one.n_a for one in same)
    within = f" within {found.margin:g} seed sd"
    return (
        within
        if not exact
        else " bit by bit"
        if exact == len(same)
        else f"{within}, {exact} of them bit by bit"
    )


def _undecided(found: Comparison) -> str:
    needed = [one.n_needed for one in found.numbers if one.outcome == "undecided" and one.n_needed]
    lacking = sum(one.lacks_seeds for one in found.numbers)
    remedies = []
    if needed:
        remedies = [f"{statistics.median_low(needed)} seeds on each side would decide half of them"]
    if lacking:
        which = "" if lacking == found.counts["undecided"] else f"{lacking} of them "
        remedies += [f"{which}{'need' if which else 'needed are'} {least_seeds}"]
    text = f"{found.counts['undecided']} are undecided"
    return f"{text}: {', '.join(remedies)}" if remedies else text


def _origins(found: Comparison) -> list[Row]:
    return [
        {"what": one.fact, "A": _short(one.a), "B": _short(one.b), "suites": ", ".join(one.suites)}
        for one in found.origins
    ]


def _turned(found: Comparison) -> list[Row]:
    return [
        {"suite": one.suite, "factor": one.factor.factor, "A": _some(one.factor.a), "B": _some(one.factor.b)}
        for one in found.turned
    ]


def _some(values: Sequence[str], most: int = 4) -> str:
    return ", ".join([*values[:most], *(["..."] if len(values) > most else [])])


def _verdict(pair: Pair) -> Row:
    changed = _how_changed(pair) if pair.is_changed else "" if pair.a and pair.b else "on one side only"
    edited = " (the claim was edited)" if pair.is_edited else ""
    return {"claim": pair.claim, "A": _in_words(pair.a), "B": _in_words(pair.b), "changed": changed + edited}


def _how_changed(pair: Pair) -> str:
    where = "on the same cells" if pair.on_same_cells else "on other cells"
    return f"yes, {where}: {'a difference' if pair.is_different else 'no evidence of a difference'}"


def _in_words(verdict: Mapping[str, Any] | None) -> str:
    if verdict is None:
        return "not run"
    if verdict["effect"] is None:
        return str(verdict["outcome"])
    low, high = ("?" if verdict[end] is None else f"{verdict[end]:.3g}" for end in ("low", "high"))
    return f"{verdict['outcome']} {verdict['effect']:.3g} [{low}, {high}] {verdict.get('unit', '')}, n = {verdict['n']}"


def _number(one: Number) -> Row:
    return {
        "suite": one.suite,
        "arm": one.arm,
        "number": one.label if one.quantity == "value" else f"{one.label} {one.quantity}",
        "A": _side(one.mean_a, one.n_a, one.failed_a),
        "B": _side(one.mean_b, one.n_b, one.failed_b),
        "B - A in seed sd": _rounded(one.difference) + (" (of logs)" if one.is_log else ""),
        "p": f"{one.p_adjusted:.2g}",
        "equal": f"{one.n_equal} of {one.n_a} cells" if one.is_paired else "other seeds",
        "seeds that would decide": least_seeds if one.lacks_seeds else one.n_needed or "",
    }


def _side(mean: float, n: int, failed: int) -> str:
    return f"{_rounded(mean)}, n = {n}" + (f", {failed} failed" if failed else "")


def _suite(found: Comparison, suite: str) -> Row:
    chosen = [one for one in found.numbers if one.suite == suite]
    outcomes = [one.outcome for one in chosen]
    return {
        "suite": suite,
        "numbers": len(chosen),
        **{name: outcomes.count(name) for name in ("same", "different", "undecided")},
        "of the same cells": sum(one.is_paired for one in chosen),
        "equal bit by bit": sum(one.is_paired and one.n_equal == one.n_a for one in chosen),
    }


def _rounded(number: float) -> str:
    return "?" if math.isnan(number) else f"{number:.3g}"


def _short(text: str) -> str:
    if len(text) >= 40 and not text.strip("0123456789abcdef"):
        return text[:12]  # a hash
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
