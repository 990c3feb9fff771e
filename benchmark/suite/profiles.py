"""The profiles, and in which precision each computes. Standard library only.

`ci` is a regression check: in double precision, and with cells that do not amplify rounding, its numbers agree on every
machine to six digits and better. The others are evidence; they compute as the papers did, in single precision.
"""

from __future__ import annotations

from typing import Literal

Precision = Literal["float32", "float64"]
profiles = ("ci", "small", "pictures", "full")


def precision_of(profile: str) -> Precision:
    """Return the dtype of a profile's data, weights and measures."""
    return "float64" if profile == "ci" else "float32"
