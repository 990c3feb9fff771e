"""A suite that is computed by one worker and by two, and what a cell costs besides its training."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.command_line import contender, output, surroundings
from bench.comparison import Comparison, Effort, Quantity
from bench.method import Contender, Row, least_ratio, least_time
from bench.step import Work, ours
from benchmark.cells.data.digits import Digits
from benchmark.cells.models.mlp import MLP
from benchmark.store.files import sha256

suite, n_arms, steps_an_epoch = "example", 2, 10
least_gain, most_fixed = 1.8, 20.0  # times one worker; ms
one = "one worker"


def comparisons(effort: Effort) -> Iterator[Comparison]:
    """Yield one worker beside two, then few cells beside many; their workspace lasts as long as they are measured."""
    with tempfile.TemporaryDirectory(prefix="lossbench-workers-") as scratch:
        place = Path(scratch, "workspace")
        output(["lossbench", "init", str(place)], Path(scratch))
        yield one_and_two(place, n_seeds=effort.of(8, 2), epochs=effort.of(1000, 2))
        yield few_and_many(place, n_few=2, n_many=effort.of(20, 4))


def one_and_two(place: Path, *, n_seeds: int, epochs: int) -> Comparison:
    """Return the table of one worker and two."""
    run = partial(records, place, n_seeds=n_seeds, epochs=epochs)
    return Comparison(
        title="Two workers beside one",
        note=f"`lossbench run {suite}` with an empty run store, from its start to its end: {n_arms * n_seeds} networks "
        f"of {steps_an_epoch * epochs} steps. Right are the bytes of `records.parquet` that the first run left.",
        error_name="other bytes",
        contenders=alike({"two workers": partial(run, n_workers=2), one: partial(run, n_workers=1)}),
        seeds=[0],
        quantities=lambda rows: [
            Quantity(name="one worker beside two", value=1 / least_ratio(rows, one), least=least_gain)
        ],
        n_processes=2,
        n_rounds=3,
    )


def few_and_many(place: Path, *, n_few: int, n_many: int) -> Comparison:
    """Return the table of few cells and many."""
    run = partial(records, place, epochs=1, n_workers=1)
    ways = {n_arms * n: alike({f"{n_arms * n} cells": partial(run, n_seeds=n)}) for n in (n_many, n_few)}
    return Comparison(
        title="What a cell costs besides its training",
        note=f"`lossbench run {suite}` with one worker and {steps_an_epoch} steps a network: what a network more "
        "takes, less the time of its steps alone. It is measured twice, stored, and written to the table.",
        error_name="other bytes",
        contenders=[each for of_one in ways.values() for each in of_one],
        seeds=[0],
        quantities=partial(fixed_cost, n_more=n_arms * (n_many - n_few)),
        n_rounds=3,
    )


def records(place: Path, *, n_seeds: int, epochs: int, n_workers: int) -> str:
    """Compute everything, and return the hash of the table."""
    shutil.rmtree(place / "runs", ignore_errors=True)
    results = place / "out"
    command = ["lossbench", "run", suite, "--no-tracking", "--results", str(results)]
    choice = ["--seeds", f"0-{n_seeds - 1}", "--set", f"epochs={epochs}", "--jobs", str(n_workers)]
    output([*command, *choice], place, surroundings())
    found = sha256((results / suite / "records.parquet").read_bytes())
    shutil.rmtree(results)
    return found


def alike(runs: Mapping[str, Callable[[], str]]) -> list[Contender]:
    """Return contenders that are right as long as all say what the first one said."""
    said: list[str] = []

    def is_right(text: str) -> bool:
        said.append(text)
        return text == said[0]

    return [contender(name, run, is_right=is_right) for name, run in runs.items()]


def fixed_cost(rows: Sequence[Row], *, n_more: int) -> list[Quantity]:
    """Return the milliseconds of a cell besides its training."""
    splits = Digits(n_train=200).load()
    work = Work("as in the suite", MLP(width=32, depth=1), 20, steps_an_epoch, 1.0)
    alone = least_time(lambda: ours(work, splits, steps_an_epoch, 0), n_repeats=5)
    each = (min(rows[0].wall) - min(rows[1].wall)) / n_more
    return [
        Quantity(name="a cell besides its training", value=1e3 * (each - alone), unit="ms", most=most_fixed),
        Quantity(name="its training", value=1e3 * alone, unit="ms"),
    ]
