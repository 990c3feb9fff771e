"""Markdown in which texts from elsewhere stay texts: no markup, no links, no mentions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jinja2

from benchmark.report.words.html_table import Table

special = re.compile(r"([\\`*_\[\]|~$])")
entities = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "#": "&#35;", "://": "&#58;//"}


class Safe(str):
    """Text that already is Markdown."""


def escape(value: Any) -> str:
    """Return a value as one line of Markdown that shows exactly that text."""
    if isinstance(value, Safe):
        return value
    text = " ".join(str(value).split())
    text = re.sub("|".join(map(re.escape, entities)), lambda found: entities[found[0]], text)
    return special.sub(r"\\\1", text)


def code(value: Any) -> Safe:
    """Return a value as code; in a table, too, where a bar would end the place."""
    text = " ".join(str(value).split()).replace("`", "'").replace("|", "¦")
    return Safe(f"`{text}`" if text else "")


def rows(table: Table) -> Safe:
    """Return a table with its caption above."""
    lines = [
        table.columns,
        ["---"] * len(table.columns),
        *((item.text for item in row) for row in table.rows),
    ]
    ruled = (
        f"| {' | '.join(cells if place == 1 else map(escape, cells))} |" for place, cells in enumerate(lines)
    )
    return Safe("\n".join([f"**{escape(table.caption)}**", "", *ruled]))


def environment(folder: Path) -> jinja2.Environment:
    """Return a Jinja environment that escapes every expression as Markdown."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=False,  # noqa: S701 -- `finalize` escapes HTML as well, and once is enough
        finalize=escape,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.undefined = jinja2.StrictUndefined
    made.filters |= {"code": code, "rows": rows}
    return made
