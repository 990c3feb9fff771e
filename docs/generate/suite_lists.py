"""Lists of the suites on pages that people write: between two marks, a line for each suite that there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from benchmark.suite.folder import SuiteFolder
from benchmark.suite.suite import Suite

lines: Mapping[str, Callable[[Suite], str]] = {
    "README.md": lambda suite: f"| [`{suite.name}`](docs/suites/{suite.name}.md) | {suite.question} |",
    "docs/index.md": lambda suite: f"- [{suite.title}](suites/{suite.name}.md): {suite.question}",
    "mkdocs.yml": lambda suite: f"      - {suite.title}: suites/{suite.name}.md",
}
marked = re.compile(
    r"(?P<first>[^\n]*\bsuites:begin\b[^\n]*\n)(?P<list>.*?)(?P<last>[^\n]*\bsuites:end\b[^\n]*\n)", re.DOTALL
)


def listed(page: str, text: str, folders: Sequence[SuiteFolder]) -> str:
    """Return a page with its list of suites as they are.

    Raises:
        ValueError: where the page has lost its marks.
    """
    found = marked.search(text)
    if found is None:
        raise ValueError(
            f"{page} has no lines with suites:begin and suites:end, between which the suites are listed"
        )
    rows = "".join(f"{lines[page](folder.suite)}\n" for folder in folders)
    head = "| suite | question |\n|---|---|\n" if page == "README.md" else ""
    return text[: found.end("first")] + head + rows + text[found.start("last") :]
