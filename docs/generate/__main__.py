"""`python -m docs.generate`: write what the guide says about suites, measures, commands, decisions and numbers.

With `--pictures` also the pictures of the report, of published evidence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

root = Path(__file__).parents[2]
Check = Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when a page is not in step.")]
Pictures = Annotated[
    bool, typer.Option("--pictures", help="Make the pictures of the report, too; wants Chromium.")
]


def generate(check: Check = False, pictures: Pictures = False) -> None:
    """Write the pages that are made from suites, published records and the command line.

    The site is then built by `mkdocs build`.
    """
    from benchmark.store.files import write_atomic
    from docs.generate.pages import differing, gone, pages

    wanted = pages(root)
    changed, stale = differing(root, wanted), gone(root, wanted)
    for path in (*changed, *stale):
        typer.echo(f"{'differs' if check else 'written' if path in changed else 'removed'}: {path}")
    if check:
        raise typer.Exit(1 if changed or stale else 0)
    for path in changed:
        write_atomic(root / path, wanted[path])
    for path in stale:
        (root / path).unlink()
    if pictures:
        from docs.generate.report_pictures import take

        for path in take(root):
            typer.echo(f"written: {path}")


if __name__ == "__main__":
    typer.run(generate)
