"""What every kind of figure says of itself.

A kind is a frozen dataclass whose instances are figures: called with the records and the folder of arrays, one returns
its picture, or None where the records hold nothing for it. A suite's own function of the records does as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

names_columns = (
    "names_columns"  # in the metadata of a field that holds names of columns, besides all called `where`
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What all figures have in common.

    Attributes:
        name: of the figure, in addresses and file names.
        title, caption: what it shows, and how it is to be read; kinds that draw means add how they do.
        shows: the claims that it shows; see `benchmark.report.figures.shows`.
        where: levels of columns; only rows with these take part.
    """

    name: str
    title: str
    caption: str
    shows: tuple[str, ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
