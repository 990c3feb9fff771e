"""The pictures of the report in README and guide: the first screen of its landing page, made of published evidence.

`python -m docs.generate --pictures` makes them, by the Chromium on the PATH. Beside them stands a digest of the page's
head and first section, of which a test knows whether the pictures show the report as it is.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmark.report.pages.page import write_report
from benchmark.results.published import baseline, published
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import available, find

names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
screen = (1280, 900)  # pixels
pictures = {"report-light.png": "light", "report-dark.png": "dark"}
told = "docs/pictures/report.json"  # of which page they were taken
end = '<div class="pick"'  # what comes below the first screen


def landing(root: Path, workspace: Path) -> Path:
    """Write the report of the published baseline, beside everything published, into an empty folder.

    Args:
        root: of the repository.
        workspace: where the report is made: as after `make repro`, and the same at any commit of other code.

    Returns:
        Its landing page.
    """
    shutil.copytree(root / "reports" / baseline / "results", workspace / "results")
    for one in published(Workspace(root)):
        shutil.copytree(one.path, workspace / "reports" / one.name)
    suites = [find(name, root / "suites") for name in available(root / "suites")]
    return write_report(Workspace(workspace), suites).html


def digest(page: Path) -> str:
    """Return the SHA-256 of what a picture shows of a landing page: its style and its first screen.

    Raises:
        ValueError: when the page has no board.
    """
    text = page.read_text(encoding="utf-8")
    if end not in text:
        raise ValueError(
            f"{page} has no {end}; say here anew where its first screen ends: `end` of {__name__}"
        )
    return hashlib.sha256(text[: text.index(end)].encode()).hexdigest()


def take(root: Path) -> list[str]:
    """Make the pictures, and return their paths.

    Raises:
        FileNotFoundError: when no Chromium is on the PATH.
    """
    browser = next(filter(None, map(shutil.which, names)), None)
    if browser is None:
        raise FileNotFoundError(f"none of {', '.join(names)} is on the PATH; on Debian: apt install chromium")
    folder = root / "docs" / "pictures"
    with tempfile.TemporaryDirectory() as made:
        page = landing(root, Path(made) / "workspace")
        for name, theme in pictures.items():
            _shoot(browser, page, folder / name, theme)
        (root / told).write_text(json.dumps({"sha256": digest(page)}) + "\n", encoding="utf-8")
    return [f"docs/pictures/{name}" for name in pictures] + [told]


def _shoot(browser: str, page: Path, picture: Path, theme: str) -> None:
    """Take a picture of a page in one of its themes, without its script, which would choose another."""
    themed, made = page.with_name(f"{theme}.html"), page.with_name(f"{theme}.png")
    text = page.read_text(encoding="utf-8").replace("'sha256-", "'sha256-none", 1)
    themed.write_text(
        text.replace("color-scheme: light dark;", f"color-scheme: {theme};", 1), encoding="utf-8"
    )
    options = ("--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={screen[0]},{screen[1]}")
    asked = [browser, *options, f"--screenshot={made}", themed.as_uri()]
    subprocess.run(asked, check=True, capture_output=True, timeout=120)
    shutil.copyfile(made, picture)  # some browsers end well without a picture
