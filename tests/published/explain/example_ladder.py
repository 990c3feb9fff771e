"""Results of the example suite, and the ladder that they make."""

from __future__ import annotations

import dataclasses
from typing import Any

from benchmark.published.explain.ladder import explain, results_of
from benchmark.published.explain.ladder_text import Ladder
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import find
from tests.made_results import write_results


def run(workspace: Workspace, place: str = "results", *, profile: str = "ci", **changed: Any) -> None:
    example = find("example", workspace.suites)
    config = dataclasses.replace(example.suite.profiles[profile], **{"seeds": tuple(range(10)), **changed})
    write_results(workspace.root / place, example, config=config, profile=profile)


def ladder_of(workspace: Workspace, claim: str = "EX.C1") -> Ladder:
    example = find("example", workspace.suites)
    found = next(one for one in example.claims if one.id == claim)
    return explain(found, example, results_of(workspace, "example"))
