"""Places on a page that others link to."""

from __future__ import annotations

import re


def claim_anchor(claim: str) -> str:
    """Return the id of a claim's section: `claim-S1.C1-digits`."""
    return "claim-" + re.sub(r"[^A-Za-z0-9._-]", "-", claim)


def figure_anchor(function: str) -> str:
    """Return the id of a figure: `figure-error-against-width`."""
    return "figure-" + re.sub(r"[^A-Za-z0-9-]", "-", function)


def column_anchor(name: str) -> str:
    """Return the id of the place that describes a column of the board: `column-baseline`."""
    return "column-" + re.sub(r"[^A-Za-z0-9._-]", "-", name)


def old_claim_anchor(suite: str, claim: str) -> str:
    """Return the id of a claim's section in reports of one page, as they were published before there were several."""
    return f"claim-{suite}-{''.join(c if c.isalnum() else '-' for c in claim)}"
