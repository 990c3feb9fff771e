"""Pages in the distribution's Chromium, with what they complain about and what they ask of others.

Tests skip, and say what is missing, where there is no Chromium or no playwright.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
options = (
    "--no-sandbox",  # continuous integration runs as root
    "--disable-background-networking",
    "--use-angle=swiftshader",  # WebGL without a graphics card
    "--enable-unsafe-swiftshader",
)


@dataclass(kw_only=True)
class Watched:
    """A page, its errors, and the requests it made."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def outside(self, *allowed: str) -> list[str]:
        """Return the requests to anything but files, data and what is allowed."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:", *allowed))]


@pytest.fixture(scope="package")  # while it is there, no other test could run an event loop of its own
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        pytest.skip(
            f"no Chromium: none of {', '.join(names)} is on the PATH; on Debian: apt install chromium"
        )
    api: Any = pytest.importorskip(
        "playwright.sync_api", reason="no playwright, which drives Chromium: pip install 'lossbench[dev]'"
    )
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(options))
        yield chromium
        chromium.close()


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A page of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(120_000)  # of what takes two seconds
    found = Watched(page=context.new_page())
    watch(found)
    yield found
    context.close()


def watch(found: Watched) -> None:
    """Note errors and requests of a page."""

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.errors.append(message.text)

    def asked(request: Request) -> None:
        found.requests.append(request.url)

    found.page.on("console", said)
    found.page.on("pageerror", lambda error: found.errors.append(str(error)))
    found.page.on("request", asked)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pass what MLflow's own parts are warned about by each other."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning"))
