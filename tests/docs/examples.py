"""The code blocks of the guide: those that are run, in the order of their page, and those that say why not.

```bash                    run by bash, stops at the first error
```python                  run by Python
```<any> title="a/path"    written to that file of the workspace
```text                    expected of the block before: each line in the output, "..." stands for anything
<!-- not run: reason -->   on the line before a block that is not run
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import root

fence = re.compile(
    r"(?:<!-- not run: (?P<why>[^>]+) -->\n)?^```(?P<kind>\w*)(?: title=\"(?P<file>[^\"]+)\")?\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
generated = (
    "suites",
    "measures.md",
    "own-figure.md",
    "commands.md",
    "machines.md",
    "benchmarks.md",
    "conformance.md",
    "decisions",
)


@dataclass(frozen=True, kw_only=True)
class Example:
    """A code block; `line` is that of its fence."""

    kind: str
    code: str
    file: str | None
    why_not_run: str | None
    line: int


def pages() -> list[Path]:
    """Return the pages that people write; generated ones show what code says, and are tested where they are made."""
    found = sorted((root / "docs").rglob("*.md"))
    below = [path.relative_to(root / "docs") for path in found]
    return [root / "docs" / path for path in below if path.parts[0] not in (*generated, "generate")]


def examples(text: str) -> Iterator[Example]:
    """Yield the code blocks of a page."""
    for found in fence.finditer(text):
        yield Example(
            kind=found["kind"],
            code=found["code"],
            file=found["file"],
            why_not_run=found["why"],
            line=text[: found.start("kind")].count("\n") + 1,
        )


def says(expected: str, output: str) -> str | None:
    """Return the first expected line that no line of the output has; spaces count as one."""
    lines = [" ".join(line.split()) for line in output.splitlines()]
    for line in filter(None, map(str.strip, expected.splitlines())):
        parts = [re.escape(" ".join(part.split())) for part in line.split("...")]
        if not any(re.search(".*".join(parts), one) for one in lines):
            return line
    return None
