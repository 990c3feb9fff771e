"""What a check found, as JSON, as JUnit for a CI's list of tests, and as Markdown for a pull request."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from benchmark.regression.differences import Comparison, Difference, shown
from benchmark.regression.gate import Checked

most_in_json = 1000  # differences of a suite; a fault in training moves every number of every cell
most_shown = 10


def as_json(checked: Sequence[Checked], *, baseline: dict[str, Any]) -> str:
    """Return everything, for programs.

    Args:
        checked: the suites.
        baseline: what is to be said of the baseline.
    """
    content = {
        "passed": all(one.comparison.passed for one in checked),
        "baseline": baseline,
        "suites": {one.comparison.suite: _suite_as_json(one) for one in checked},
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _suite_as_json(one: Checked) -> dict[str, Any]:
    found = one.comparison
    facts = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    return {
        **facts,
        "passed": found.passed,
        "n_computed": one.n_computed,
        "n_differences": len(found.differences),
        "differences_by_measure": found.by_measure(),
        "differences": [_difference_as_json(each) for each in found.differences[:most_in_json]],
    }


def _difference_as_json(found: Difference) -> dict[str, Any]:
    return {
        name: repr(value) if isinstance(value, float) and value - value != 0 else value  # JSON has no NaN
        for name, value in dataclasses.asdict(found).items()
    }


def as_junit(checked: Sequence[Checked]) -> str:
    """Return a test suite for each suite, with a test for each measure."""
    root = ElementTree.Element("testsuites", name="lossbench check")
    for one in checked:
        found = one.comparison
        red = found.by_measure()
        labels = list(dict.fromkeys([*found.by_label, *red]))
        node = ElementTree.SubElement(
            root, "testsuite", name=found.suite, tests=str(len(labels)), failures=str(len(red))
        )
        for label in labels:
            test = ElementTree.SubElement(node, "testcase", classname=found.suite, name=label)
            if label in red:
                lines = [str(each) for each in found.differences if each.label == label]
                failure = ElementTree.SubElement(test, "failure", message=lines[0])
                failure.text = "\n".join([*lines[:most_shown], *_more(len(lines))])
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def as_markdown(checked: Sequence[Checked], *, name: str) -> str:
    """Return a summary with the first differences of each suite."""
    passed = all(one.comparison.passed for one in checked)
    verdict = "as in" if passed else "**not** as in"
    lines = [f"## lossbench check: {verdict} `{name}`", ""]
    lines += ["| suite | cells | numbers | beyond tolerance | worst within |", "|---|---:|---:|---:|---:|"]
    lines += [_summary_row(one.comparison) for one in checked]
    for one in checked:
        lines += _differences_table(one.comparison)
    return "\n".join(lines) + "\n"


def _summary_row(found: Comparison) -> str:
    return f"| {found.suite} | {found.n_cells} | {found.n_numbers} | {len(found.differences)} | {found.worst:.2g} |"


def _differences_table(found: Comparison) -> list[str]:
    if found.passed:
        return []
    rows = [
        f"| {each.cell} | {_escaped(each.measure)} | {_escaped(shown(each.expected))} | "
        f"{_escaped(shown(each.found))} | {'' if each.tolerance is None else shown(each.tolerance)} |"
        for each in first(found.differences)
    ]
    head = ["| cell | measure | expected | found | tolerance |", "|---|---|---:|---:|---:|"]
    more = _more(len(found.differences))
    return ["", f"### {found.suite}", "", *head, *rows, *(["", *more] if more else [])]


def first(differences: Sequence[Difference], most: int = most_shown) -> list[Difference]:
    """Return the first differences in groups by measure, with as many measures among them as there is room for."""
    groups: dict[str, list[Difference]] = {}
    for each in differences:
        groups.setdefault(each.label, []).append(each)
    room = dict.fromkeys(groups, 0)
    while sum(room.values()) < min(most, len(differences)):
        for label, group in groups.items():
            if room[label] < len(group) and sum(room.values()) < most:
                room[label] += 1
    return [each for label, group in groups.items() for each in group[: room[label]]]


def _more(n: int) -> list[str]:
    return [f"and {n - most_shown} more"] if n > most_shown else []


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
