"""Numbers as people write them in a sentence."""

from __future__ import annotations

names = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]


def count(n: int) -> str:
    """Return a whole number as a word up to twelve."""
    return names[n] if n < len(names) else f"{n:,}"


def about(seconds: float) -> str:
    """Return a duration as a reader remembers it: "about 20 seconds", "about half a minute", "about four minutes"."""
    if seconds < 25:
        return f"about {seconds:.0f} seconds"
    if seconds < 45:
        return "about half a minute"
    if seconds < 90:
        return "about a minute"
    minutes = round(seconds / 60)
    return f"about {count(minutes)} minutes" if minutes < 90 else f"about {count(round(minutes / 60))} hours"


def mega(n_bytes: float) -> str:
    """Return a size on disk with the digits that stay the same next month: "150 MB", "6 GB"."""
    if n_bytes >= 1e9:
        return f"{n_bytes / 1e9:.0f} GB"
    return f"{round(n_bytes / 1e7) * 10} MB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:.0f} MB"


def per_cent(share: float) -> str:
    """Return a share in per cent."""
    return f"{100 * share:g} %"
