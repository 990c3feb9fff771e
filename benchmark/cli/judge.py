"""`lossbench judge`: verdicts on the claims of a suite, from its own records or from anyone's."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from benchmark.cli.context import BadInput, find_suite, open_workspace, require_workspace, suites_with_claims
from benchmark.cli.options import JsonOption, ReadFromOption
from benchmark.cli.output import print_json, print_rows

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.stats.claim import Claim
    from benchmark.store.workspace import Workspace

Verdicts = Mapping[str, Mapping[str, Any]]
Matrix = Mapping[str, Any]  # of definitions, as verdicts.json has it
tables = (".csv", ".parquet")


def judge(
    what: Annotated[
        str,
        Argument(metavar="SUITE|TABLE", help="A suite that has run, or a table of records (CSV or parquet).",
                 show_default=False),
    ],
    claim: Annotated[list[str] | None, Option(help="Only this claim; needed for a table.")] = None,
    results: ReadFromOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Decide the claims of a suite, or claims on anyone's records.

    The confirmatory claims of a family share 5 %, by Holm: all of them for a suite, those named by --claim for a table.
    Which correction stands in each p is said. Of a suite, verdicts.json also says whether its claims hold under other
    definitions of what they are about.
    """
    workspace, _ = open_workspace()
    matrices: Mapping[str, Matrix] = {}
    if what.endswith(tables):
        verdicts = _judge_table(Path(what), claim or [], workspace)
    else:
        verdicts, matrices = _judge_suite(what, results or workspace.results, workspace)
        verdicts = {name: verdicts[name] for name in _known(claim, verdicts)} if claim else verdicts
    if as_json:
        print_json(verdicts)
    else:
        print_verdicts(verdicts)
        print_corrections(verdicts)
        print_matrices({name: matrix for name, matrix in matrices.items() if name in verdicts})


def print_verdicts(verdicts: Verdicts) -> None:
    """Print a table; claims about other data or models than have run are only counted."""
    rows = [
        in_short(name, verdict) for name, verdict in verdicts.items() if verdict["reason"] != "out_of_scope"
    ]
    if not verdicts:
        print("no verdicts yet; next: lossbench run SUITE, then lossbench judge SUITE")
        return
    print_rows(rows, as_json=False, empty="no verdicts")
    counts = Counter(row["verdict"] for row in rows)
    print(", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in counts.most_common()))
    if len(rows) < len(verdicts):
        print(f"{len(verdicts) - len(rows)} more claims are about other data or models than have run")


def print_corrections(verdicts: Verdicts) -> None:
    """Print which correction for several claims stands in the p-values, a line for each."""
    found: dict[str, list[str]] = {}
    for name, verdict in verdicts.items():
        if verdict["outcome"] != "not_run":
            found.setdefault(verdict["correction"], []).append(_with_p(name, verdict))
    for correction, claims in found.items():
        print(f"p of {', '.join(claims)}: {correction}")


def _with_p(name: str, verdict: Mapping[str, Any]) -> str:
    p = verdict["p_value"] if verdict["p_adjusted"] is None else verdict["p_adjusted"]
    return name if p is None else f"{name} ({p:.2g})"


def print_matrices(matrices: Mapping[str, Matrix]) -> None:
    """Print a line for each claim that was judged under several definitions."""
    for name, matrix in matrices.items():
        outcomes = Counter(cell["outcome"] for row in matrix["cells"].values() for cell in row.values())
        missing = outcomes.pop("not_run", 0)
        unknown = f" ({missing} more have no records)" if missing else ""
        print(f"{name} holds in {outcomes['reproduced']} of {outcomes.total()} definitions{unknown}")


def in_short(name: str, verdict: Mapping[str, Any]) -> dict[str, Any]:
    """Return a verdict as one row for people."""
    failed = f" ({verdict['n_failed']} failed)" if verdict["n_failed"] else ""
    return {
        "claim": name,
        "on": " ".join(part for names in _on(verdict) for part in names),
        "verdict": verdict["outcome"],
        "effect [low, high] unit": _effect(verdict),
        "seeds": f"{verdict['n']}{failed}",
        "what is claimed": verdict["statement"],
        "why": _why(verdict),
    }


def _why(verdict: Mapping[str, Any]) -> str:
    """Return the reason in words; of an open question also how many seeds would decide it."""
    if verdict["outcome"] == "not_run":
        return str(verdict["message"])
    needed = f"; {verdict['n_needed']} seeds would decide" if verdict.get("n_needed") else ""
    return f"{verdict['reason'].replace('_', ' ')}{needed}"


def _on(verdict: Mapping[str, Any]) -> list[list[str]]:
    """Return data and models on which a claim was decided."""
    return [list(verdict["scope"].get(name, ())) for name in ("data", "models")]


def latest_verdicts(workspace: Workspace) -> dict[str, Mapping[str, Any]]:
    """Return the verdicts that stand in the workspace's results, of all suites."""
    found: dict[str, Mapping[str, Any]] = {}
    for content in verdict_files(workspace).values():
        found |= content["verdicts"]
    return found


def verdict_files(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Return the content of every verdicts.json in the workspace's results, by suite; `verdicts` is a dict of each.

    Raises:
        BadInput: naming a file that is none, and how to make it anew.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(workspace.results.glob("*/verdicts.json")):
        name = path.parent.name
        try:
            content = json.loads(path.read_bytes())
            found[name] = {**content, "verdicts": dict(content["verdicts"])}
        except (ValueError, KeyError, TypeError):
            raise BadInput(f"{path} is no table of verdicts; make it anew: lossbench judge {name}") from None
    return found


def _judge_suite(
    reference: str, results: Path, workspace: Workspace
) -> tuple[Verdicts, Mapping[str, Matrix]]:
    from benchmark.results import records
    from benchmark.results.dvc_tables import write_tables
    from benchmark.results.external import correction
    from benchmark.results.judgement import judge_suite
    from benchmark.suite.claim_names import check_claims, check_ids
    from benchmark.suite.folder import available, find

    folder = find_suite(reference, workspace)
    others = [find(name, workspace.suites) for name in available(workspace.suites) if name != folder.name]
    check_claims([folder])
    check_ids([folder, *others])
    table = results / folder.name / "records.parquet"
    if not table.is_file():
        elsewhere = "" if results == workspace.results else f" --results {results}"
        raise BadInput(f"there is no {table}; run first: lossbench run {reference}{elsewhere}")
    decided = judge_suite(folder, results)
    write_tables(table.parent, records.read(table), [verdict for _, verdict in decided])
    written = json.loads((table.parent / "verdicts.json").read_bytes())
    claims = {claim.id: claim for claim, _ in decided}
    verdicts = {
        name: {**verdict, "correction": correction(claims[name], folder.claims, folder.claims)}
        for name, verdict in written["verdicts"].items()
    }
    return verdicts, written["matrices"]


def _judge_table(path: Path, wanted: list[str], workspace: Workspace) -> Verdicts:
    from benchmark.results import records

    if not path.is_file():
        raise BadInput(f"there is no file {path}; give a table of records, or the name of a suite")
    require_workspace(workspace, f"no claim that {path} could decide")
    suites = {name: folder.claims for name, folder in suites_with_claims(workspace).items()}
    if not wanted:
        raise BadInput(f"say which claims {path} is to decide: --claim ID (see: lossbench list claims)")
    _known(wanted, {claim.id: claim for claims in suites.values() for claim in claims})
    frame = records.read(path)
    verdicts: dict[str, Mapping[str, Any]] = {}
    for claims in suites.values():
        verdicts |= _judge_together(path, frame, [claim for claim in claims if claim.id in wanted], claims)
    return {name: verdicts[name] for name in wanted}


def _judge_together(
    path: Path, frame: pd.DataFrame, chosen: Sequence[Claim], suite: Sequence[Claim]
) -> Verdicts:
    """Decide claims of one suite on a table of anyone's."""
    from benchmark.results.external import correction, judge_external
    from benchmark.results.judgement import described

    verdicts = {}
    for claim, verdict in zip(chosen, judge_external(frame, chosen) if chosen else [], strict=True):
        if verdict.outcome == "not_run":
            more = (
                f"; or keep one of them in {path}"
                if verdict.reason == "ambiguous_rows"
                else _mistyped(frame, claim)
            )
            raise BadInput(f"{path} cannot decide {claim.id}: {verdict.message}{more}")
        verdicts[claim.id] = {**described(claim, verdict), "correction": correction(claim, chosen, suite)}
    return verdicts


def _mistyped(frame: pd.DataFrame, claim: Claim) -> str:
    """Say which measure or quantity of a table is nearest to one that a claim reads and the table lacks."""
    from benchmark.suite.claim_names import numbers_of

    for number in numbers_of(claim):
        for column, wanted in (("measure", number.measure), ("quantity", number.quantity)):
            known = set(map(str, frame[column]))
            near = difflib.get_close_matches(str(wanted), known, n=1)
            if wanted is not None and wanted not in known and near:
                return f"; column {column!r} has {near[0]!r}, did you mean {wanted!r}?"
    return ""


def _known(names: list[str], known: Mapping[str, Any]) -> list[str]:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"claims here: {', '.join(known) or 'none'}"
            raise BadInput(f"there is no claim {name!r}; {hint}")
    return names


def _effect(verdict: Mapping[str, Any]) -> str:
    if verdict["effect"] is None:
        return ""
    if verdict["message"]:  # of a conjunction, whose legs have units of their own
        return str(verdict["message"])
    numbers = (verdict[name] for name in ("effect", "low", "high"))
    effect, low, high = ("?" if number is None else f"{number:.3g}" for number in numbers)
    return f"{effect} [{low}, {high}] {verdict['unit']}"
