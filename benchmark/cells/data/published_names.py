"""Names of data sets: which are legal, which are published, and what to type for those that are missing.

Standard library only.
"""

from __future__ import annotations

import difflib
import re

legal = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

embedded = ("digits", "mnist1d")  # nothing to fetch, nothing to add

# Name here (the class's in lower case) -> class in torchvision.datasets, which knows addresses and checksums.
published = {name.lower(): name for name in ("CIFAR10", "CIFAR100", "MNIST", "FashionMNIST", "SVHN")}


def check_name(name: str) -> None:
    """Raise `ValueError` unless `name` can be the name of a data set, and so of a folder."""
    if not legal.fullmatch(name):
        raise ValueError(
            f"the data set name {name!r} is not allowed; use 1 to 64 of a-z 0-9 . _ - and no mark first"
        )


def check_own_name(name: str) -> None:
    """Raise `ValueError` unless `name` can be the name of a user's own folder of pictures."""
    check_name(name)
    if name in embedded or name in published:
        raise ValueError(f"the data set name {name!r} belongs to a built-in data set; choose another")


def remedy(name: str) -> str:
    """Return what to type when the data set `name` is missing."""
    if name in published:
        return f"lossbench data fetch {name}"
    close = difflib.get_close_matches(name, [*embedded, *published], n=1, cutoff=0.75)
    guess = f" (or did you mean {close[0]!r}?)" if close else ""
    return f"lossbench data add {name} FOLDER{guess}"
