"""How a check is told: a line for each suite, the first differences, and files for machines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.commands.output import print_rows
from benchmark.files import write_atomic

if TYPE_CHECKING:
    from benchmark.publish import Published
    from benchmark.regression.differences import Comparison
    from benchmark.regression.gate import Checked


def show(checked: Sequence[Checked], baseline: Published) -> None:
    """Print a line for each suite; of one that is not as it was the first differences, too."""
    from benchmark.regression.differences import shown
    from benchmark.regression.documents import first

    for one in checked:
        found = one.comparison
        print(_line(one, baseline.name))
        if found.passed:
            continue
        rows = [
            {
                "measure": each.measure,
                "cell": each.cell,
                "expected": shown(each.expected),
                "found": shown(each.found),
                "tolerance": "" if each.tolerance is None else shown(each.tolerance),
            }
            for each in first(found.differences)
        ]
        print_rows(rows, as_json=False)
        if len(found.differences) > len(rows):
            print(f"and {len(found.differences) - len(rows)} more: {_counts(found)}")
    if not all(one.comparison.passed for one in checked):
        print(
            f"lossbench: not as in {baseline.name}. If that is meant to be: publish a new baseline, in a commit that "
            "says why (docs/regression-checks.md)",
            file=sys.stderr,
        )


def write_documents(
    checked: Sequence[Checked],
    baseline: Published,
    *,
    json_file: Path | None,
    junit: Path | None,
    markdown: Path | None,
) -> None:
    """Write the files that were asked for."""
    from benchmark.publish import joint_platform
    from benchmark.regression.documents import as_json, as_junit, as_markdown
    from benchmark.regression.gate import digest_of

    platform = joint_platform(one.provenance for one in checked if one.provenance)
    described = {
        "name": baseline.name,
        "sha256": digest_of(baseline),
        "platform": dict(baseline.platform),
        "platform_here": platform,
        "same_platform": dict(baseline.platform) == platform,
    }
    texts = {
        json_file: as_json(checked, baseline=described),
        junit: as_junit(checked),
        markdown: as_markdown(checked, name=baseline.name),
    }
    for path, text in texts.items():
        if path is not None:
            write_atomic(path, text.encode())


def _line(one: Checked, name: str) -> str:
    found = one.comparison
    tasks = "" if one.n_computed is None else f", {one.n_computed} tasks computed"
    if not found.passed:
        n = len(found.differences)
        return f"{found.suite}: {n} differences from {name}, {found.n_numbers} numbers compared{tasks}"
    chance = f", {found.n_outliers} beyond it by chance" if found.n_outliers else ""
    both = f", {found.n_failed} failed in both" if found.n_failed else ""
    return (
        f"{found.suite}: {found.n_cells} cells, {found.n_numbers} numbers as in {name}, {found.n_equal} to the last "
        f"bit; worst {found.worst:.2g} of its tolerance{chance}{both}{tasks}"
    )


def _counts(found: Comparison) -> str:
    return ", ".join(f"{label} {n}" for label, n in found.by_measure().items())
