"""`lossbench compare`: are two results the same, as far as their seeds tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from benchmark.cli.context import BadInput
from benchmark.cli.output import print_json, print_rows
from benchmark.store.workspace import find_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmark.published.compare.comparison import Comparison
    from benchmark.stats.claim import Claim
    from benchmark.store.workspace import Workspace


def compare(
    a: Annotated[
        str, Argument(help="A folder of results, something published, REVISION:NAME, a Git revision or DVC experiment.",
                      show_default=False)
    ],
    b: Annotated[str, Argument(help="What to compare it with: likewise.", show_default=False)],
    margin: Annotated[
        float, Option(help="What counts as the same: a difference of so many standard deviations over seeds.")
    ] = 1.0,
    as_json: Annotated[bool, Option("--json", help="Print JSON, with every number.")] = False,
    markdown: Annotated[Path | None, Option(metavar="FILE", help="Write Markdown as well.")] = None,
) -> None:  # fmt: skip
    """Compare two results, on the same seeds or on others.

    Number by number, verdict by verdict, and where they come from. Other seeds are compared by tests of difference
    and of equivalence, the same cells pair by pair. The tests of equivalence are not corrected for their number: of
    numbers that differ by just the margin, about 5 % pass as the same.

    Exit code 1 where a number differs, a verdict turned from reproduced to contradicted or back, or any verdict changed
    on the same cells. One that is inconclusive on one side, on other seeds, is told and is no difference. Exit code 2
    where there is nothing to compare.
    """
    from benchmark.published.compare.comparison import compare as hold_against
    from benchmark.published.compare.sections import as_json as plain
    from benchmark.published.compare.sections import as_markdown
    from benchmark.published.compare.source import NoSource, opened
    from benchmark.store.files import write_atomic

    if not margin > 0:
        raise BadInput(f"--margin {margin:g}: give a number above 0")
    workspace = find_workspace()
    try:
        with opened(a, workspace) as left, opened(b, workspace) as right:
            claims = _claims([*left.suites, *right.suites], workspace)
            found = hold_against(left, right, margin=margin, claims=claims)
    except NoSource as error:
        raise BadInput(str(error)) from error
    if markdown:
        write_atomic(markdown, as_markdown(found).encode())
    if as_json:
        print_json(plain(found))
    else:
        _show(found)
    if found.is_different or not found.numbers:
        raise Exit(1 if found.is_different else 2)


def _show(found: Comparison) -> None:
    from benchmark.published.compare.sections import bottom_line, notes, sections

    print(f"A: {found.a}    B: {found.b}    margin: {found.margin:g} seed sd\n")
    for section in sections(found):
        print(section.title)
        print_rows(section.rows, as_json=False, empty=f"  {section.empty}\n")
    for note in notes(found):
        print(note)
    print(bottom_line(found))


def _claims(suites: Iterable[str], workspace: Workspace) -> dict[str, tuple[Claim, ...]]:
    """Return the claims of the suites that are here; results may be of others."""
    from benchmark.suite.folder import available, find

    here = available(workspace.suites)
    return {name: find(name, workspace.suites).claims for name in set(suites) if name in here}
