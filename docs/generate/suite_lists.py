"""Lists of the suites on pages that people write: between two marks, a line for each suite that there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from benchmark.results.published import Published
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.suite import Suite
from docs.generate.came_out import counted

lines: Mapping[str, Callable[[Suite, str], str]] = {
    "README.md": lambda suite, found: (
        f"| [`{suite.name}`](docs/suites/{suite.name}.md) | {suite.question} | {found or 'not tried yet'} |"
    ),
    "docs/index.md": lambda suite, _: f"- [{suite.title}](suites/{suite.name}.md): {suite.question}",
    "mkdocs.yml": lambda suite, _: f"      - {suite.title}: suites/{suite.name}.md",
}
head = "| suite | question | evidence so far, claims at fixed settings |\n|---|---|---|\n"
marked = re.compile(
    r"(?P<first>[^\n]*\bsuites:begin\b[^\n]*\n)(?P<list>.*?)(?P<last>[^\n]*\bsuites:end\b[^\n]*\n)", re.DOTALL
)


def listed(page: str, text: str, folders: Sequence[SuiteFolder], known: Sequence[Published]) -> str:
    """Return a page with its list of suites as they are.

    Raises:
        ValueError: where the page has lost its marks.
    """
    found = marked.search(text)
    if found is None:
        raise ValueError(
            f"{page} has no lines with suites:begin and suites:end, between which the suites are listed"
        )
    rows = "".join(f"{lines[page](folder.suite, counted(folder, known))}\n" for folder in folders)
    return (
        text[: found.end("first")]
        + (head if page == "README.md" else "")
        + rows
        + text[found.start("last") :]
    )
