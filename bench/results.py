"""Results of benchmarks: `bench/results/<benchmark>.json`, and the page `docs/benchmarks.md` made from them."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import lanes_page, pictures
from bench.method import again

root = Path(__file__).parents[1]
folder = root / "bench" / "results"
page = root / "docs" / "benchmarks.md"
largest_noise = 0.1
n_noises = 3  # that a number must be away from what is wanted, to be judged all the same
order = ("eigenvalues", "trace", "surface", "step", "lanes", "tracking", "unchanged", "workers", "startup")
Record = dict[str, Any]
head = """\
# lossbench beside other tools

`make bench` (`python -m bench`) writes this page from `bench/results/*.json`. All tools do the same work, on one
thread, interleaved A B C C B A: in one process, or each time in a process of its own where a command is what is timed;
CPU times are those of all processes. What a tool answers is checked every time before its time counts; a
tool with a wrong answer is INVALID, not slow. Times are per solution and include all set-up that a user pays each time.
*Beside ours* is the ratio of least times; that of our own code, run once more in the same rounds, is the noise. A
target is not judged when that is more than 10 %, or when more processes wanted a core than there were cores.
"""


def write(benchmark: str, provenance: Record, tables: Sequence[Record]) -> Path:
    """Write a benchmark's JSON file, numbers to four digits, and return its path."""
    path = folder / f"{benchmark}.json"
    path.parent.mkdir(exist_ok=True)
    record = {"benchmark": benchmark, "provenance": provenance, "tables": list(tables)}
    path.write_text(json.dumps(rounded(record), indent=1) + "\n", encoding="utf-8")
    return path


def read() -> list[Record]:
    """Return the results that are there, in their order on the page."""
    paths = [folder / f"{name}.json" for name in order]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.is_file()]


def document(records: Sequence[Record]) -> str:
    """Return the page."""
    return "\n".join([head, *(line for record in records for line in _section(record))])


def _section(record: Record) -> Iterator[str]:
    is_of_lanes = record["benchmark"] == "lanes"
    yield from lanes_page.lines(record) if is_of_lanes else _tables(record["tables"])
    shown = "What lanes gain" if is_of_lanes else "Least times"
    yield from (f"![{shown}](pictures/{pictures.name_of(record['benchmark'])})", "")
    loads = (
        record["loads"] if is_of_lanes else [load for table in record["tables"] for load in table["loads"]]
    )
    yield from (_provenance(record["provenance"], loads), "")


def least_times_beside_ours(table: Record) -> dict[str, float]:
    """Return each valid tool's least time divided by ours."""
    least = {row["tool"]: min(row["wall_s"]) for row in table["rows"] if row["valid"]}
    ours = least.get(table["rows"][0]["tool"], float("nan"))
    return {tool: seconds / ours for tool, seconds in least.items()}


def noise(table: Record) -> float:
    """Return the ratio of the least times of our own code, run twice in the same rounds."""
    twice = table["rows"][0]["tool"] + again
    return least_times_beside_ours(table).get(twice, float("nan"))


def judged(table: Record) -> Iterator[str]:
    """Yield a sentence for every target: met, missed, or not judged, with what was measured."""
    ratios = least_times_beside_ours(table)
    for quantity in table.get("quantities", ()):
        if (wanted := _wanted(quantity)) is not None:
            said, is_met, margin = wanted
            doubt = _doubt(table, margin)
            yield f"{_said(quantity)}, wanted {said}, {doubt or ('met' if is_met else 'missed')}"
    for target in table["targets"]:
        if target["most_products"] is not None:
            n_products = table["rows"][0]["n_products"]
            verdict = "met" if n_products <= target["most_products"] else "missed"
            yield f"at most {target['most_products']} products: {n_products:.3g}, {verdict}"
            continue
        ratio = ratios.get(target["tool"], float("nan"))
        doubt = _doubt(table, ratio / target["least_ratio"])
        verdict = doubt or ("met" if ratio >= target["least_ratio"] else "missed")
        yield f"at least {target['least_ratio']:g} times as fast as {target['tool']}: {ratio:.2f}, {verdict}"


def unjudged(table: Record) -> Iterator[str]:
    """Yield a sentence for every number that follows from the times and of which nothing is wanted."""
    yield from (_said(one) for one in table.get("quantities", ()) if _wanted(one) is None)


def _said(quantity: Record) -> str:
    return f"{quantity['name']}: {quantity['value']:.3g} {quantity['unit']}"


def _wanted(quantity: Record) -> tuple[str, bool, float] | None:
    """Return what is wanted of a number, whether it is that, and its ratio to it; None where nothing is wanted."""
    value, most, least = quantity["value"], quantity["most"], quantity["least"]
    if most is not None:
        return f"at most {most:g}", value <= most, value / most
    return None if least is None else (f"at least {least:g}", value >= least, value / least)


def _doubt(table: Record, margin: float) -> str:
    """Return why times of this run cannot be judged; empty where they can.

    Args:
        table: of one run.
        margin: ratio of what was found to what is wanted: noise of a fifth does not excuse a factor of ten.
    """
    if table["is_busy"]:
        return f"not judged (load average {max(table['loads']):.1f})"
    if not abs(noise(table) - 1) <= max(largest_noise, abs(math.log(margin)) / n_noises if margin > 0 else 0):
        return f"not judged (our own code beside itself: {noise(table):.2f})"
    return ""


def _tables(tables: Sequence[Record]) -> Iterator[str]:
    for table in tables:
        yield from (f"## {table['title']}", "", table["note"], "")
        yield from _lines(table)
        yield from (f"Target: {sentence}.  " for sentence in judged(table))
        yield from (f"Beside that, {sentence}.  " for sentence in unjudged(table))
        yield ""


def _lines(table: Record) -> Iterator[str]:
    counts = ["products"] if any(row["n_products"] is not None for row in table["rows"]) else []
    heads = ["tool", "settings", *counts, table["error_name"], "rounds", "least ms", "median ms", "CPU ms"]
    yield "| " + " | ".join([*heads, "beside ours"]) + " |"
    yield "| --- | --- |" + " ---: |" * (len(heads) - 1)
    ratios = least_times_beside_ours(table)
    for row in table["rows"]:
        yield "| " + " | ".join([*_cells(row, bool(counts)), _number(ratios.get(row["tool"]), ".2f")]) + " |"
    ours = min(table["rows"][0].get("wall_s", [float("nan")]))
    for floor in table["floors"]:
        cells = [
            "*floor*",
            floor["name"],
            *("" for _ in counts),
            "",
            "",
            _number(1e3 * floor["seconds"], ".1f"),
            "",
            "",
        ]
        yield "| " + " | ".join([*cells, _number(floor["seconds"] / ours, ".2f")]) + " |"
    yield ""


def _cells(row: Record, has_counts: bool) -> list[str]:
    tool = f"{row['tool']} {row['version']}".strip()
    counts = [_number(row["n_products"], ".3g")] if has_counts else []
    facts = [tool, row["settings"], *counts, _number(row["error"], ".1e")]
    if not row["valid"]:
        return [*facts, "", "INVALID", "", ""]
    times = [min(row["wall_s"]), statistics.median(row["wall_s"]), min(row["cpu_s"])]
    return [*facts, str(len(row["wall_s"])), *(f"{1e3 * seconds:.1f}" for seconds in times)]


def _provenance(provenance: Record, loads: Sequence[float]) -> str:
    machine, versions = provenance["machine"], provenance["versions"]
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"*{machine['processor']}, {machine['n_cpus']} cores, {provenance.get('threads', 1)} thread; load average "
        f"{min(loads):.1f} to {max(loads):.1f}; {packages}.*"
    )


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def rounded(value: Any) -> Any:
    """Return JSON with its numbers to four digits."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list | tuple) else value
