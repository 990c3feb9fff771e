"""From the paper's number to ours: the gap ladder of a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmark.published.explain.confounded import splits
from benchmark.published.explain.ladder_text import Ladder
from benchmark.published.explain.rungs import Rung, family, open_rungs, paper_rung, result_rungs
from benchmark.published.explain.steps import Step, climb
from benchmark.results.published import published
from benchmark.stats.claim import Claim
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder


def explain(claim: Claim, folder: SuiteFolder, results: Mapping[str, Path]) -> Ladder:
    """Return the ladder of a claim's family; of an analogue, as far as it leads there.

    Args:
        claim: of the suite.
        folder: the suite.
        results: folders of its results, by name.
    """
    members = family(folder.claims, claim)
    first = paper_rung(folder, members)
    known = list(result_rungs(folder, members, results))
    unrun = list(open_rungs(folder, members, known))
    steps, left_out = climb([*([first] if first else []), *known, *unrun])
    if claim.of:
        steps = _leading_to(claim.id, steps)
        unrun = [rung for rung in unrun if rung.claim in (claim.id, claim.of)]
    return Ladder(
        claim=claim,
        suite=folder.name,
        steps=steps,
        splits=[splits(step, folder, members) if step.is_confounded else [] for step in steps],
        open=unrun,
        n_left_out=left_out,
    )


def results_of(workspace: Workspace, suite: str) -> dict[str, Path]:
    """Return the folders with records of a suite: the latest results, those beside them, and what was published.

    Of folders with the same records and verdicts there is one, under both names: "latest = baseline".
    """
    beside = sorted(path for path in workspace.root.glob("results-*") if path.is_dir())
    places = {
        "latest": workspace.results / suite,
        **{path.name: path / suite for path in beside},
        **{one.name: one.path / "results" / suite for one in published(workspace)},
    }
    names: dict[bytes, list[str]] = {}
    for name, place in places.items():
        if (place / "records.parquet").is_file():
            names.setdefault(_content(place), []).append(name)
    return {" = ".join(same): places[same[0]] for same in names.values()}


def _content(place: Path) -> bytes:
    tables = (place / name for name in ("records.parquet", "verdicts.json"))
    return b"".join(table.read_bytes() for table in tables if table.is_file())


def _leading_to(claim: str, steps: Sequence[Step]) -> list[Step]:
    """Return the steps that end at a claim, those on the way to it, and its variants."""
    ends = [step.rung for step in steps if step.rung.claim == claim]
    wanted: list[Rung] = []
    starts = {id(step.rung): step.start for step in steps}
    for rung in ends:
        place: Rung | None = rung
        while place is not None and not any(place is one for one in wanted):
            wanted.append(place)
            place = starts[id(place)]
    return [step for step in steps if any(step.rung is one for one in wanted)]
