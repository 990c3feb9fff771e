"""The generated pages are in step with suites, records and commands; the site builds cleanly and asks no other host."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.store.files import write_atomic
from docs.generate import figures_page
from docs.generate.docstrings import attributes, body, fields_of, summary
from docs.generate.pages import differing, gone, pages
from docs.generate.templates import prose
from tests import root

number = re.compile(r"-?\d+\.?\d*")


@pytest.fixture(scope="module")
def wanted() -> dict[str, bytes]:
    return pages(root)


@pytest.mark.slow
def test_generated_pages_are_in_step(wanted: dict[str, bytes]) -> None:
    texts = {path: content for path, content in wanted.items() if path.endswith((".md", ".yml"))}
    assert not differing(root, texts), "python -m docs.generate brings them in step"
    assert not gone(root, wanted), "python -m docs.generate removes them"


@pytest.mark.slow
def test_figures_are_those_of_the_published_records(wanted: dict[str, bytes]) -> None:
    """Equal to a fiftieth of a point: another processor may round the last digit of a coordinate otherwise."""
    for path, content in wanted.items():
        if not path.endswith(".svg"):
            continue
        committed, drawn = (root / path).read_text(encoding="utf-8"), content.decode()
        assert number.sub("#", committed) == number.sub("#", drawn), f"{path}: python -m docs.generate"
        pairs = zip(number.findall(committed), number.findall(drawn), strict=True)
        assert all(abs(float(a) - float(b)) <= 0.02 for a, b in pairs), f"{path}: python -m docs.generate"


def test_equal_suites_and_records_give_equal_bytes(tmp_path: Path, wanted: dict[str, bytes]) -> None:
    assert pages(copied(tmp_path)) == wanted


def test_a_published_baseline_is_what_a_page_shows_first(tmp_path: Path) -> None:
    place = copied(tmp_path)
    for one in (place / "reports").iterdir():
        shutil.rmtree(one)
    assert b"Nothing of this suite is published yet" in pages(place)["docs/suites/width.md"]
    shutil.copytree(root / "reports" / "cifar10-jpeg-cpu", place / "reports" / "baseline")
    shutil.copytree(root / "reports" / "cifar10-jpeg-cpu", place / "reports" / "another")
    page = pages(place)["docs/suites/depth_skip_connections.md"].decode()
    assert "- **baseline**:" in page and "- **another**:" in page
    assert "Drawn from the records of **baseline**" in page


def test_a_figure_that_nothing_draws_any_more_is_told(tmp_path: Path) -> None:
    write_atomic(tmp_path / "docs/figures/old.svg", b"<svg/>")
    write_atomic(tmp_path / "docs/suites/mine.md", b"# Mine")
    assert gone(tmp_path, {"docs/suites/mine.md": b""}) == ["docs/figures/old.svg"]
    assert differing(tmp_path, {"docs/suites/mine.md": b"# Mine", "docs/measures.md": b""}) == [
        "docs/measures.md"
    ]


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_asks_no_other_host(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed; pip install 'lossbench[docs]'")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=root, env=quiet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for page in (tmp_path / "site").rglob("*.html"):
        asked = re.findall(r'(?:src=|<link[^>]*href=)"?(https?://[^" >]+)', page.read_text(encoding="utf-8"))
        assert not asked, f"{page.name} asks {asked[0]}"


def test_docstrings_are_taken_apart() -> None:
    class Config:
        """Every knob.

        Attributes:
            lr, epochs: of the training;
                long enough.
            data: "digits: or so".
        """

    assert attributes(Config) == {
        "lr": "of the training; long enough.",
        "epochs": "of the training; long enough.",
        "data": '"digits: or so".',
    }
    assert summary(Config) == body(Config) == "Every knob."


def test_fields_are_described_by_the_comments_above_and_behind_them() -> None:
    class Base:
        data: str = "digits"  # a set

    class Config(Base):
        """Every knob."""

        lr: float = 0.1  # of the training
        # long,
        # "#" and all
        epochs: tuple[int, ...] = (1,)  # of it
        plain: int = 3

    assert fields_of(Config) == {
        "data": "a set",
        "lr": "of the training",
        "epochs": 'long, "#" and all of it',
    }


def test_texts_of_the_code_stay_texts_and_keep_their_code() -> None:
    assert prose("a *b* [c] x_i `d_e|f` <g>") == r"a \*b\* \[c\] x_i `d_e¦f` \<g\>"
    assert prose("max_{||e||_2 <= rho}") == r"max\_{\|\|e\|\|\_2 \<= rho}"
    assert prose("an odd ` alone") == r"an odd \` alone"


def copied(place: Path) -> Path:
    """Return a copy of what pages are made from."""
    for name in ("suites", "docs", "reports", "bench/results"):
        shutil.copytree(root / name, place / name, ignore=shutil.ignore_patterns("__pycache__", "latest"))
    for name in ("README.md", "mkdocs.yml", "pyproject.toml", "params.yaml"):
        shutil.copyfile(root / name, place / name)
    return place


def test_every_field_of_a_kind_of_figure_is_said_in_the_guide(wanted: dict[str, bytes]) -> None:
    page = wanted["docs/own-figure.md"].decode()
    for entry in figures_page.entries({}):
        section = page.split(f"\n## {entry.kind.name}\n")[1].split("\n## ")[0]
        for table in (entry.kind, *entry.panels):
            assert all(f"| {names} |" in section and len(text) > 3 for names, _, text in table.rows)
    dots = page.split("\n`Dots`: ")[1].split("\n## ")[0]
    assert all(f"`{field}`" in dots for field in ("x", "y_label", "log_x", "title", "where"))
