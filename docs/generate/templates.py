"""Jinja for the guide: texts of the code are escaped as Markdown, but for their code in backticks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from benchmark.report.words import markdown

special = re.compile(r"([\\*\[\]|~$<>]|(?<!\w)_|_(?!\w))")


def render(template: str, **values: Any) -> str:
    """Return a template of this folder, filled in."""
    environment = markdown.environment(Path(__file__).parent)
    environment.finalize = prose
    environment.filters["raw"] = markdown.Safe
    text = environment.get_template(template).render(**values)
    return text.strip() + "\n"


def prose(value: Any) -> str:
    """Return a text as one line of Markdown that shows exactly that text, and code where it has backticks."""
    if isinstance(value, markdown.Safe):
        return value
    parts = " ".join(str(value).split()).split("`")
    if len(parts) % 2 == 0:  # an odd backtick marks nothing
        return markdown.escape(value)
    return "".join(markdown.code(part) if i % 2 else _escaped(part) for i, part in enumerate(parts))


def _escaped(text: str) -> str:
    """Escape what Markdown would read as markup; an underscore within a word is none."""
    return special.sub(r"\\\1", text.replace("&", "&amp;"))
