"""The list of decisions, from the first line of each."""

from __future__ import annotations

from pathlib import Path

head = """\
# Decisions

One page per decision that was hard to make: what was tried, what was chosen, what was not. A decision is dated by the
commit that added it; its numbers are what was seen then, and are not kept in step.

"""


def page(folder: Path) -> str:
    """Return the page."""
    paths = sorted(folder.glob("[0-9]*.md"))
    titles = [path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ") for path in paths]
    return head + "".join(f"- [{title}]({path.name})\n" for title, path in zip(titles, paths, strict=True))
