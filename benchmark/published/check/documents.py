"""What a check found, as JSON, as JUnit for a CI's list of tests, and as Markdown for a pull request."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from benchmark.published.check.differences import Comparison, Difference
from benchmark.published.check.gate import Checked

most_in_json = 1000  # differences of a suite; a fault in training moves every number of every cell
most_shown = 10


def as_json(checked: Sequence[Checked], *, baseline: Mapping[str, Any]) -> str:
    """Return everything, for programs, with what is to be said of the baseline; JSON has no NaN, which is text here."""
    content = {
        "passed": all(one.comparison.passed for one in checked),
        "baseline": baseline,
        "suites": {one.comparison.suite: _suite_as_json(one) for one in checked},
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _suite_as_json(one: Checked) -> dict[str, Any]:
    found = one.comparison
    return {
        **_plain(found),
        "passed": found.passed,
        "n_computed": one.n_computed,
        "n_differences": len(found.differences),
        "differences_by_measure": found.by_measure,
        "differences": [_plain(each) for each in found.differences[:most_in_json]],
    }


def _plain(found: Comparison | Difference) -> dict[str, Any]:
    values = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    return {
        name: repr(value) if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }


def as_junit(checked: Sequence[Checked]) -> str:
    """Return a test suite for each suite, with a test for each measure."""
    root = ElementTree.Element("testsuites", name="lossbench check")
    for found in (one.comparison for one in checked):
        labels, red = dict.fromkeys([*found.by_label, *found.by_measure]), found.by_measure
        counts = {"tests": str(len(labels)), "failures": str(len(red))}
        suite = ElementTree.SubElement(root, "testsuite", {"name": found.suite, **counts})
        for label in labels:
            test = ElementTree.SubElement(suite, "testcase", classname=found.suite, name=label)
            if label in red:
                lines = [str(each) for each in found.differences if each.label == label]
                failure = ElementTree.SubElement(test, "failure", message=lines[0])
                failure.text = "\n".join([*lines[:most_shown], *more(lines)])
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def as_markdown(checked: Sequence[Checked], *, name: str) -> str:
    """Return a summary with the first differences of each suite."""
    found = [one.comparison for one in checked]
    verdict = "as in" if all(one.passed for one in found) else "**not** as in"
    lines = [f"## lossbench check: {verdict} `{name}`", ""]
    lines += ["| suite | cells | numbers | equal | differences | largest deviation |", "|---|" + "---:|" * 5]
    lines += [
        f"| {one.suite} | {one.n_cells} | {one.n_numbers} | {one.n_equal} | {len(one.differences)} | {one.worst:.1g} |"
        for one in found
    ]
    for one in (one for one in found if not one.passed):
        lines += ["", f"### {one.suite}", ""]
        lines += ["| cell | measure | expected | found | tolerance |", "|---|---|---:|---:|---:|"]
        for each in first(one.differences):
            cells = [text.replace("|", "\\|") for text in each.shown.values()]
            lines.append(f"| {' | '.join(cells)} |")
        lines += ["", *more(one.differences)]
    return "\n".join(lines).rstrip() + "\n"


def first(differences: Sequence[Difference]) -> list[Difference]:
    """Return the first differences in groups by measure, with as many measures among them as there is room for."""
    groups: dict[str, list[Difference]] = {}
    for each in differences:
        groups.setdefault(each.label, []).append(each)
    in_turn = sorted((place, n) for n, group in enumerate(groups.values()) for place in range(len(group)))
    chosen = sorted((n, place) for place, n in in_turn[:most_shown])
    return [[*groups.values()][n][place] for n, place in chosen]


def more(differences: Sequence[Any]) -> list[str]:
    """Return a line that says how many are not shown, if any."""
    return [f"and {len(differences) - most_shown} more"] if len(differences) > most_shown else []
