"""The command `python -m bench`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench import pictures, results

Only = Annotated[
    list[str] | None, typer.Option(help=f"One of {', '.join(results.order)}; may be given several times.")
]
Quick = Annotated[
    bool, typer.Option("--quick", help="Smaller, and few rounds: to try the program. Writes nothing.")
]

Page = Annotated[
    bool, typer.Option("--page", help="Measure nothing; write the page anew from the results that are there.")
]


def bench(only: Only = None, quick: Quick = False, page: Page = False) -> None:
    """Time lossbench beside other tools, loops by hand, MLflow, DVC and Python itself.

    Takes ten minutes on two cores that have nothing else to do. Writes bench/results/*.json, docs/benchmarks.md and
    its pictures.
    """
    names = only or list(results.order)
    unknown = [name for name in names if name not in results.order]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(results.order)}", param_hint="--only")
    with _progress() as tick:
        for name in () if page else names:
            _run(name, quick, tick)
    if page or not quick:
        records = results.read()
        for record in records:
            pictures.write(record)
        results.page.write_text(results.document(records), encoding="utf-8")
        _console().print(f"wrote {results.page.relative_to(results.root)}")


def main() -> None:
    """Run the command."""
    typer.run(bench)


def _run(name: str, quick: bool, tick: Callable[[str], None]) -> None:
    import torch

    from bench.comparison import Effort
    from bench.machine import provenance

    torch.set_num_threads(1)
    if name == "lanes":
        _run_lanes(quick)
        return
    effort = Effort(quick=quick, tick=tick)
    tables = []
    for comparison in importlib.import_module(f"bench.{name}").comparisons(effort):
        tables.append(comparison.measured(effort))
        _show(tables[-1])
    if not quick:
        results.write(name, provenance(), tables)


def _run_lanes(quick: bool) -> None:
    """Time lanes, whose record is of another form, and whose contenders are blocks of steps."""
    from bench.lanes import lanes, measured

    if quick:
        measured(2, 20)
    else:
        lanes(blocks=15, steps=200)


def _show(table: results.Record) -> None:
    console = _console()
    shown = Table(title=table["title"], title_justify="left")
    for head in ("tool", "settings", "products", table["error_name"], "least ms", "beside ours"):
        shown.add_column(head, justify="left" if head in ("tool", "settings") else "right")
    ratios = results.least_times_beside_ours(table)
    for row in table["rows"]:
        least = f"{1e3 * min(row['wall_s']):.1f}" if row["valid"] else "INVALID"
        ratio = f"{ratios[row['tool']]:.2f}" if row["valid"] else ""
        error = "not finite" if row["error"] is None else f"{row['error']:.1e}"
        n_products = "" if row["n_products"] is None else f"{row['n_products']:.3g}"
        shown.add_row(row["tool"], row["settings"], n_products, error, least, ratio)
    for floor in table["floors"]:
        shown.add_row("floor", floor["name"], "", "", f"{1e3 * floor['seconds']:.1f}", "")
    console.print(shown)
    for sentence in results.judged(table):
        console.print(f"target: {sentence}", highlight=False, soft_wrap=True)
    for sentence in results.unjudged(table):
        console.print(sentence, highlight=False, soft_wrap=True)
    console.print(f"load average {table['loads'][0]:.1f} to {table['loads'][1]:.1f}\n", highlight=False)


def _console(*, stderr: bool = False) -> Console:
    """Return a console as wide as the terminal, and wide enough for the tables where there is none."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 140)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Give a function to be told what is going on: one line that changes on a terminal, lines elsewhere."""
    errors = _console(stderr=True)
    if not errors.is_terminal:
        yield lambda text: errors.print(text, highlight=False, soft_wrap=True)
        return
    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda text: bar.update(task, description=text)
