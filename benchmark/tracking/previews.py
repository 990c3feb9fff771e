"""The figures of a page of the report, as files that can be looked at by themselves."""

from __future__ import annotations

import re

drawn = re.compile(r'<svg\b(?=[^>]*\bclass="figure")[^>]*>.*?</svg>', re.DOTALL)
named = re.compile(r'<title id="([\w.-]+)-title">')
box = re.compile(r'\bviewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')
zoom = 1.6  # viewers show a picture in its own size, and that without one in none
standalone = (  # what the page around it says otherwise; its colours have fallbacks of their own
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'font-family="sans-serif" fill="#1f2328"'
)


def figures(page: str) -> dict[str, str]:
    """Return file name -> SVG of the figures of a page, in its order.

    >>> list(figures('<svg class="figure"><title id="width-error-title">Error</title></svg>'))
    ['width-error.svg']
    """
    found = {}
    for number, match in enumerate(drawn.finditer(page), start=1):
        name = named.search(match[0])
        found[f"{name[1] if name else f'figure-{number}'}.svg"] = _alone(match[0])
    return found


def _alone(drawing: str) -> str:
    size = box.search(drawing)
    width, height = (f"{zoom * float(side):.0f}" for side in size.groups()) if size else ("100%", "100%")
    return f'{standalone} width="{width}" height="{height}"' + drawing.removeprefix("<svg")
