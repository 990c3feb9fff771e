"""What the guide shows of lanes: `bench/results/lanes.json` as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.method import again

Record = dict[str, Any]
reference, once_more = "one by one", f"one by one{again}"
largest_noise = 0.1
note = """\
What a step costs a network that is trained in lanes, beside one network after the other: CPU time per network and step,
the least of {n_blocks} blocks that take turns, and *ratios* of one by one to each, more than 1 where lanes are faster.
After 20 steps the weights differ by {error:.1e} of the largest, in float64. *Together* is how many of twenty such
networks a run puts in one program."""


def ways(record: Record) -> list[str]:
    """Return the contenders beside one by one, in their order."""
    return [name for name in record["networks"][0]["ratio"] if name not in (reference, once_more)]


def lines(record: Record) -> Iterator[str]:
    """Yield the section."""
    others = ways(record)
    yield from ("## Networks in lanes", "", note.format(**record), "")
    heads = ["network", "batch", "precision", "one by one, µs", "once more", *others, "together"]
    yield "| " + " | ".join(heads) + " |"
    yield "| --- | ---: | --- |" + " ---: |" * (len(heads) - 3)
    for one in record["networks"]:
        ratios = [
            f"{one['ratio'][name]:.2f}" if name in one["ratio"] else "" for name in (once_more, *others)
        ]
        facts = [
            one["network"],
            str(one["batch_size"]),
            one["precision"],
            f"{one['microseconds'][reference]:.0f}",
        ]
        yield "| " + " | ".join([*facts, *ratios, str(one["together"])]) + " |"
    yield ""
    noisy = [one for one in record["networks"] if abs(one["ratio"][once_more] - 1) > largest_noise]
    if record["is_busy"]:
        yield f"Taken while the machine was busy (load average {max(record['loads']):.1f}): a hint.  "
    if noisy:
        yield f"One by one differs from itself by more than 10 % in {len(noisy)} of {len(record['networks'])} rows.  "
    yield ""
