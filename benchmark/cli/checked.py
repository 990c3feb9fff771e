"""How a check is told: a line for each suite, the first differences, what to do, and files for machines."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.cli.output import print_rows
from benchmark.store.files import write_atomic

if TYPE_CHECKING:
    from benchmark.published.check.gate import Checked
    from benchmark.results.published import Published


def show(checked: Sequence[Checked], baseline: Published) -> None:
    """Print a line for each suite; of one that is not as it was the first differences, too, and last what to do."""
    from benchmark.published.check.documents import first, more

    for one in checked:
        found = one.comparison
        print(_line(one, baseline.name))
        if not found.passed:
            print_rows([each.shown for each in first(found.differences)], as_json=False)
        for rest in more(found.differences):
            print(f"{rest}: {', '.join(f'{label} {n}' for label, n in found.by_measure.items())}")
    if not all(one.comparison.passed for one in checked):
        print(advice(baseline.name, there=baseline.platform, here=_platform(checked)), file=sys.stderr)


def advice(name: str, *, there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """Return what can be done about differences, the likeliest first.

    Args:
        name: of the baseline.
        there: its platform.
        here: that of what was compared with it; empty where nothing was computed.
    """
    facts = [
        f"{fact} {here[fact]} here, {there.get(fact, 'unknown')} there"
        for fact in here
        if here[fact] != there.get(fact)
    ]
    parts = [f"lossbench: not as in {name}."]
    if facts:
        parts.append(f"The platform is not that of {name}: {'; '.join(facts)}.")
    parts.append(
        "If nothing but rounding has changed: `lossbench check --twins` tells whether cells amplify rounding; for such "
        "a suite the gate that fits is `lossbench compare`."
    )
    parts.append(
        "If the change is meant: publish a new baseline, in a commit that says why (docs/regression-checks.md)"
    )
    return " ".join(parts)


def write_documents(
    checked: Sequence[Checked],
    baseline: Published,
    *,
    json_file: Path | None,
    junit: Path | None,
    markdown: Path | None,
) -> None:
    """Write the files that were asked for."""
    from benchmark.published.check.documents import as_json, as_junit, as_markdown
    from benchmark.published.check.gate import digest_of

    platform = _platform(checked)
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


def _platform(checked: Sequence[Checked]) -> dict[str, str]:
    from benchmark.results.published import joint_platform

    return joint_platform(one.provenance for one in checked if one.provenance)


def _line(one: Checked, name: str) -> str:
    found = one.comparison
    differences = f"{len(found.differences)} differences from {name}, {found.n_numbers} numbers compared"
    as_it_was = f"{found.n_cells} cells, {found.n_numbers} numbers as in {name}"
    where = f" at {found.worst_at}" if found.worst_at else ""
    parts = [
        f"{found.suite}: {as_it_was if found.passed else differences}, {found.n_equal} to the last bit; "
        f"largest deviation {found.worst:.1g}{where}",
        *([f"{found.n_failed} failed in both"] if found.n_failed else []),
        *([] if one.n_computed is None else [f"{one.n_computed} tasks computed"]),
    ]
    return ", ".join(parts)
