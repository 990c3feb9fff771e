"""The pictures of the report in README and guide show the report as it is."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest

from docs.generate import report_pictures
from docs.generate.report_pictures import digest, landing, pictures, screen, told
from tests import root
from tests.mutants import Mutant, red_with

remedy = "make them anew: python -m docs.generate --pictures"


@pytest.mark.slow
def test_pictures_show_the_report_as_it_is(tmp_path: Path) -> None:
    assert json.loads((root / told).read_text())["sha256"] == digest(landing(root, tmp_path)), remedy


def test_pictures_have_the_size_of_a_screen() -> None:
    for name in pictures:
        head = (root / "docs" / "pictures" / name).read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", head[16:24]) == screen


@red_with(Mutant(digest, "text[: text.index(end)]", "text[: 9]"))
def test_what_stands_on_the_first_screen_is_what_counts(tmp_path: Path) -> None:
    def of(text: str) -> str:
        (tmp_path / "page.html").write_text(text)
        return digest(tmp_path / "page.html")

    page = "<style>a</style><p>34 reproduced</p>" + report_pictures.end + "><p>below</p>"
    assert of(page) == of(page.replace("below", "other")) != of(page.replace("34", "33"))
    with pytest.raises(ValueError, match="where its first screen ends"):
        of("<p>no board</p>")


def test_every_picture_of_the_guide_is_there() -> None:
    pages = [root / "README.md", *(root / "docs").rglob("*.md")]
    named = {
        (page.parent / found).resolve()
        for page in pages
        for found in re.findall(r"\]\(([\w./-]+\.(?:png|svg))\)", page.read_text())
    }
    assert len(named) > 8 and [path for path in named if not path.is_file()] == []
