"""`lossbench explain`: from the paper's number to ours."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from benchmark.cli.context import BadInput, open_workspace, require_workspace, suites_with_claims
from benchmark.cli.output import print_json

if TYPE_CHECKING:
    from benchmark.stats.claim import Claim
    from benchmark.store.workspace import Workspace
    from benchmark.suite.folder import SuiteFolder


def explain(
    claim: Annotated[str, Argument(help="Its id, for example S1.C1 (see: lossbench list claims).", show_default=False)],
    every: Annotated[
        bool, Option("--all", help="List each variant of a definition, in place of one line for each column of them.")
    ] = False,
    as_json: Annotated[bool, Option("--json", help="Print JSON, with every step.")] = False,
    markdown: Annotated[Path | None, Option(metavar="FILE", help="Write Markdown as well.")] = None,
) -> None:  # fmt: skip
    """Go from the paper's number to ours, one change at a time.

    The steps are the results that are here, the latest and the published ones. Where a step changes several things at
    once, the commands are told that would tell them apart. The variants of a claim under other definitions are one line
    for each column of their matrix: how many hold, and the range of effects.
    """
    from benchmark.published.explain.ladder import explain as climb
    from benchmark.published.explain.ladder import results_of
    from benchmark.published.explain.ladder_text import as_json as plain
    from benchmark.published.explain.ladder_text import as_markdown, as_text
    from benchmark.store.files import write_atomic

    workspace, _ = open_workspace()
    found, folder = _find(claim, workspace)
    ladder = climb(found, folder, results_of(workspace, folder.name))
    if markdown:
        write_atomic(markdown, as_markdown(ladder, every=every).encode())
    if as_json:
        print_json(plain(ladder))
    else:
        print(as_text(ladder, every=every))


def _find(name: str, workspace: Workspace) -> tuple[Claim, SuiteFolder]:
    require_workspace(workspace, f"no claim {name!r}")
    folders = suites_with_claims(workspace).values()
    known = {claim.id: (claim, folder) for folder in folders for claim in folder.claims}
    if name in known:
        return known[name]
    by_case = {claim.casefold(): claim for claim in known}
    near = difflib.get_close_matches(name.casefold(), by_case, n=1)
    hint = f"did you mean {by_case[near[0]]}?" if near else "see: lossbench list claims"
    raise BadInput(f"there is no claim {name!r}; {hint}")
