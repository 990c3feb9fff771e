"""What the pages say of how a run went: when, from which commit, at what cost. DVC hashes none of it.

Equal work must give equal reports, and no two runs take equally long. So such texts stand in a script of their own
beside the pages, by the id of their place, and a page that is opened fills them in; without the script it is whole but
for them. An id holds a hash over what equal work has in common: texts about another run find no place.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.results.provenance import of_run
from benchmark.store.files import sha256, to_json

script_name = "clocks.js"
begin, end = "lossbenchClocks(", ");\n"
place = re.compile(r' data-clock="([^"]*)"(?: hidden)?>[^<]*')
label = re.compile(r' data-clock-label="([^"]*)" hidden>')
run_lines = ("command", "commit", "started", "took", "processors")
Texts = Mapping[str, str]


def clock_of(facts: Mapping[str, Any]) -> str:
    """Return what the ids of a run's places begin with; "" where nothing is known of the run."""
    return sha256(to_json(facts))[:12] if facts else ""


def joint_clock(clocks: list[str]) -> str:
    """Return what the ids of places begin with that speak of several runs at once."""
    return sha256(to_json(clocks))[:12]


def is_known(told: Mapping[str, Any]) -> bool:
    """Tell whether anything is known of how a run went."""
    return any(told.get(name) is not None for name in of_run)


def script(texts: Texts) -> bytes:
    """Return the script that hands the texts to the page which loads it."""
    return f"{begin}{json.dumps(dict(texts), indent=0, sort_keys=True)}{end}".encode()


def read(path: Path) -> dict[str, str]:
    """Return the texts of a script; none where there is no script of ours."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8").removeprefix(begin).removesuffix(end)))
    except (OSError, ValueError, TypeError):
        return {}


def filled(page: str, texts: Texts) -> str:
    """Return a page with the texts in their places, for one that is to stay as it is."""

    def fill(found: re.Match[str]) -> str:
        text = texts.get(html.unescape(found[1]))
        return found[0] if text is None else f"{'' if text else ' hidden'}>{html.escape(text)}"

    def show(found: re.Match[str]) -> str:
        return ">" if texts.get(html.unescape(found[1])) else found[0]

    return label.sub(show, place.sub(fill, page))


def unfilled(page: str, texts: Texts) -> set[str]:
    """Return the ids of a page's places for which there is no text."""
    return {html.unescape(found[1]) for found in place.finditer(page)} - set(texts)
