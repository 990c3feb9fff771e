"""Every generated file of the guide, by its path in the repository; equal suites and records give equal bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmark.results.published import published
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import available, find
from docs.generate import (
    commands_page,
    decisions_page,
    figures_page,
    machines_page,
    measures_page,
    suite_lists,
    suite_page,
    worked_example,
)
from docs.generate.numbers import filled
from docs.generate.sentences import sentences
from docs.generate.suite_figures import SuiteFigure, svgs

wholly_generated = ("docs/suites/*.md", "docs/figures/*.svg")


def pages(root: Path) -> dict[str, bytes]:
    """Return path -> content of what is generated, and of what people wrote with its numbers brought in step."""
    return {path: text.encode() for path, text in _texts(root)}


def differing(root: Path, wanted: Mapping[str, bytes]) -> list[str]:
    """Return the paths whose files are absent or have other bytes."""
    paths = {name: root / name for name in wanted}
    return [name for name, path in paths.items() if not path.is_file() or path.read_bytes() != wanted[name]]


def gone(root: Path, wanted: Mapping[str, bytes]) -> list[str]:
    """Return the generated files that nothing generates any more."""
    there = {path.relative_to(root).as_posix() for pattern in wholly_generated for path in root.glob(pattern)}
    return sorted(there - set(wanted))


def _texts(root: Path) -> Iterator[tuple[str, str]]:
    workspace = Workspace(root)
    known = published(workspace)
    pictures: dict[str, SuiteFigure] = {}
    for name in available(workspace.suites):
        folder = find(name, workspace.suites)
        figures = svgs(folder, known)
        yield f"docs/suites/{name}.md", suite_page.page(folder, known, figures)
        yield from ((f"docs/figures/{figure.name}.svg", figure.svg) for figure in figures if figure.svg)
        for made, figure in zip(folder.figures, figures, strict=True):
            if figure.svg:
                pictures.setdefault(type(made).__name__, figure)
    yield "docs/measures.md", measures_page.page()
    yield "docs/own-figure.md", figures_page.page(pictures)
    yield "docs/commands.md", commands_page.page()
    yield "docs/machines.md", machines_page.page(root)
    yield "docs/decisions/index.md", decisions_page.page(root / "docs" / "decisions")
    folders = [find(name, workspace.suites) for name in available(workspace.suites)]
    for path in dict.fromkeys([*suite_lists.lines, *(sentence.page for sentence in sentences)]):
        text = (root / path).read_text(encoding="utf-8")
        if path in suite_lists.lines:
            text = suite_lists.listed(path, text, folders, known)
        if path == "docs/verdicts.md":
            text = worked_example.filled_in(text, workspace, known)
        yield path, filled(text, [sentence for sentence in sentences if sentence.page == path], root)
