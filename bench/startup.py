"""How long a command takes that has nothing to compute, beside Python itself and an import of torch."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from bench.command_line import contender, output
from bench.comparison import Comparison, Effort, Quantity
from bench.method import Row
from bench.results import root

commands = {  # arguments -> (seconds at most, a word of the output)
    ("--help",): (0.3, "Usage"),
    ("list",): (0.5, "width"),
}


def comparisons(effort: Effort) -> Iterator[Comparison]:
    """Yield a table for every command."""
    for arguments, (most, word) in commands.items():
        name = f"lossbench {' '.join(arguments)}"

        def ours(arguments: Sequence[str] = arguments) -> str:
            return output(["lossbench", *arguments], root)

        def is_right(text: str, word: str = word) -> bool:
            return word in text

        def quantities(rows: Sequence[Row], most: float = most, name: str = name) -> list[Quantity]:
            return [Quantity(name=name, value=min(rows[0].wall), most=most, unit="s")]

        yield Comparison(
            title=f"Start of `{name}`",
            note="A process each time, from its start to its end; files are in the cache of the system.",
            error_name="wrong outputs",
            contenders=[
                contender(name, ours, is_right=is_right),
                contender("python -c pass", lambda: output([sys.executable, "-c", "pass"], root)),
                contender(
                    "python -c 'import torch'", lambda: output([sys.executable, "-c", "import torch"], root)
                ),
            ],
            seeds=[0],
            n_rounds=effort.of(10, 3),
            quantities=quantities,
        )
