"""How a figure draws its numbers: told by what drew it, and said at the end of its caption.

A caption is written before there are records; whether a mean is geometric, and whether there are several seeds at all,
follows from them.
"""

from __future__ import annotations

from typing import Any, TypeVar

Picture = TypeVar("Picture")
attribute = "drawn_as"


def draws_as(picture: Picture, sentence: str) -> Picture:
    """Return a figure that says how it was drawn; None where there is none."""
    if picture is not None:
        setattr(picture, attribute, sentence)
    return picture


def drawn_as(picture: Any) -> str:
    """Return what a figure says of how it was drawn; "" of one that says nothing."""
    said: str = getattr(picture, attribute, "")
    return said
