"""A page of the report as its readers find it: start tags, texts, links."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from benchmark.results import links


class Tags(HTMLParser):
    """Every start tag with its attributes, and the text outside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.headings: dict[str, str] = {}
        self._heading = ""
        self._skipped = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._skipped = tag in ("script", "style")
        self._heading = (dict(attrs).get("data-name") or "") if tag == "th" else self._heading

    def handle_endtag(self, tag: str) -> None:
        self._skipped = False
        self._heading = "" if tag == "th" else self._heading

    def handle_data(self, data: str) -> None:
        self.text += "" if self._skipped else data
        if self._heading:
            self.headings[self._heading] = self.headings.get(self._heading, "") + data

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]

    def column(self, name: str) -> str:
        """Return what stands in the heading of a column of the board."""
        return self.headings.get(name, "")

    def attribute(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name)) is not None]


def assert_links_arrive(page: Tags, folder: Path) -> None:
    """Every link leads to a file, and to a place in it."""
    assert page.attribute("href")
    for href in page.attribute("href"):
        if href.startswith(f"http://{links.host}:"):  # MLflow on this machine
            continue
        name, _, anchor = href.partition("#")
        path = folder / name
        assert not name or path.is_file(), href
        if anchor and (not name or path.suffix == ".html"):
            there = page if not name else Tags(path.read_text())
            assert anchor in there.attribute("id"), href
