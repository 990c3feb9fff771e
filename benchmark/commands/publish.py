"""`lossbench publish`: freeze the latest report under a name."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from benchmark.commands.context import BadInput, check_name, open_workspace


def publish(
    name: Annotated[str, Argument(help="For example h100-small.", show_default=False)],
    why: Annotated[str, Option(help="What this run is good for, in a sentence.", show_default=False)],
) -> None:
    """Freeze reports/latest with its records as reports/NAME.

    Commit that folder: no run ever touches it.
    """
    from benchmark.publish import CannotPublish
    from benchmark.publish import publish as freeze

    check_name(name, "a published report")
    if not why.strip():
        raise BadInput("--why is empty; say in a sentence what this run is good for")
    workspace, _ = open_workspace()
    try:
        folder = freeze(workspace, name, why=why.strip())
    except CannotPublish as error:
        raise BadInput(str(error)) from error
    print(f"published: {folder}")
    print(f"next:      git add {folder.relative_to(workspace.root)}")
