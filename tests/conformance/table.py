"""Writes the tables of docs/conformance.md: `python -m tests.conformance.table`."""

from __future__ import annotations

from collections.abc import Sequence

from tests import root
from tests.conformance import (
    li_2018,
    with_curvlinops,
    with_hessian_eigenthings,
    with_loss_landscapes,
    with_pyhessian,
)
from tests.conformance.rows import Agreement, Difference

page = root / "docs" / "conformance.md"
modules = (with_curvlinops, with_pyhessian, with_hessian_eigenthings, with_loss_landscapes, li_2018)
head = """\
# lossbench and other tools: the same words, other numbers

What an eigenvalue, a trace or a surface is differs between tools. Here our definitions stand beside those of tools
in wide use, with the difference as measured by `tests/conformance/` on a network of 194 weights (6 - 10 - 8 - 4,
tanh, 60 examples, not at a minimum) or on a quadratic. `python -m tests.conformance.table` writes this page, and a
test keeps it in step. The published code of Li et al. 2018 is for an older PyTorch: its algorithm is written anew in
`tests/conformance/li_2018.py`, as a reference. All of it is about the versions named.
"""
foot = """\
## Where a tool stops

- PyHessian 0.1, `density()`: raises, since PyTorch no longer has `torch.eig`. Ours: `spectral_density`.
- loss-landscapes 3.0.6, `random_plane(normalization="filter")`: raises `ZeroDivisionError` where any bias is exactly
  zero, as after many initializations. Ours leaves such entries zero.
"""


def rows() -> Sequence[Agreement | Difference]:
    """Return all rows, tool by tool."""
    return [row for module in modules for row in module.rows]


def agreement_line(row: Agreement) -> str:
    """Return the line of a quantity on which a tool agrees."""
    return f"| {row.tool} | {row.quantity} | {row.definition} | {row.bound:.0e} |"


def difference_line(row: Difference, text: str) -> str:
    """Return the line of a quantity on which a tool differs, with the measured number in words."""
    return f"| {row.tool} | {row.quantity} | {row.theirs} | {row.ours} | {text} | {row.why} |"


def document() -> str:
    """Measure everything and return the page."""
    agreements = [agreement_line(row) for row in rows() if isinstance(row, Agreement)]
    differences = [difference_line(row, row.text()) for row in rows() if isinstance(row, Difference)]
    parts = [
        head,
        "## Where they agree",
        "",
        "| tool | quantity | definition | relative difference at most |",
        "| --- | --- | --- | --- |",
        *agreements,
        "",
        "## Where they differ",
        "",
        "| tool | quantity | its definition | ours | measured | why, and what to do |",
        "| --- | --- | --- | --- | --- | --- |",
        *differences,
        "",
        foot,
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    page.write_text(document(), encoding="utf-8")
