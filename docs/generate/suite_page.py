"""The page of a suite: what came out, protocol, sweep, measures and claims, as the suite itself says them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from benchmark.report.words import wording
from benchmark.results.published import Published
from benchmark.stats.claim import Claim
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.params_file import short
from benchmark.suite.suite import Suite
from docs.generate.came_out import anchor, came_out
from docs.generate.docstrings import fields_of, summary
from docs.generate.matrices import matrices_of
from docs.generate.suite_figures import SuiteFigure, is_evidence, shown
from docs.generate.sweep_part import sweep_part
from docs.generate.templates import render


def page(folder: SuiteFolder, known: Sequence[Published], figures: Sequence[SuiteFigure]) -> str:
    """Return the page of one suite.

    Args:
        folder: the suite.
        known: everything published; results of other suites in it are passed over.
        figures: as drawn from published records.
    """
    suite, own = folder.suite, [one for one in known if folder.name in one.suites]
    drawn_from = shown(folder, known)
    return render(
        "suite.md",
        suite=suite,
        columns=[_column(one, folder.name) for one in own],
        regression=any(not is_evidence(one, folder.name) for one in own),
        note=wording.regression_note,
        groups=came_out(folder, own),
        figures=figures,
        drawn_from=drawn_from.name if drawn_from else "",
        protocol=re.sub(r"^(?=#)", "#", folder.protocol, flags=re.MULTILINE),
        profiles=list(suite.profiles),
        arms=_arms(suite),
        knobs=list(_knobs(suite)),
        sweep=sweep_part(folder, own),
        measures=list(_measures(suite)),
        claims=[_claim(claim, folder, own) for claim in folder.claims],
    )


def _column(one: Published, suite: str) -> dict[str, str]:
    machine = one.provenance[suite].get("device", {}).get("name", "")
    facts = [f"profile {_profile(one, suite)}", machine, one.made]
    return {"name": one.name, "summary": f"{one.why} ({', '.join(fact for fact in facts if fact)})"}


def _profile(one: Published, suite: str) -> str:
    return str(one.provenance[suite].get("profile", ""))


def _arms(suite: Suite) -> dict[str, list[int]]:
    counts = [
        Counter(str(suite.label(config, cell).get("arm", "all")) for cell in suite.cells(config))
        for config in suite.profiles.values()
    ]
    return {
        arm: [count[arm] for count in counts] for arm in dict.fromkeys(name for c in counts for name in c)
    }


def _knobs(suite: Suite) -> Iterator[tuple[str, str, list[str]]]:
    configs = list(suite.profiles.values())
    described = fields_of(type(configs[0]))
    for name in type(configs[0]).__dataclass_fields__:
        yield name, described.get(name, ""), [short(getattr(config, name)) for config in configs]


def _measures(suite: Suite) -> Iterator[dict[str, Any]]:
    asked = [measure for config in suite.profiles.values() for measure in suite.measures(config)]
    for family in sorted({measure.family for measure in asked}):
        same = [measure for measure in asked if measure.family == family]
        yield {
            "family": family,
            "labels": list(dict.fromkeys(measure.label for measure in same)),
            "summary": summary(same[0].function),
            "unit": same[0].unit,
            "source": same[0].source,
        }


def _claim(claim: Claim, folder: SuiteFolder, own: Sequence[Published]) -> dict[str, Any]:
    return {
        "id": claim.id,
        "anchor": anchor(claim),
        "statement": claim.statement.rstrip("."),
        "source": claim.source.rstrip("."),
        "paper_value": claim.paper_value,
        "evidence": wording.evidence_marks[claim.evidence],
        "rule": wording.rule_in_words(claim),
        "scope": wording.scope_in_words(claim.scope),
        "matrices": matrices_of(claim, folder, own),
    }
