"""`lossbench check --twins`: which cells amplify rounding, and how much of a claim's interval is rounding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.cli.output import print_rows
from benchmark.cli.request import Request, read_request, stopped_by_signals, with_data
from benchmark.cli.run import planned
from benchmark.results.provenance import read_provenance
from benchmark.store.files import write_atomic

if TYPE_CHECKING:
    from benchmark.published.check.twins import Twins
    from benchmark.run.bench import Bench
    from benchmark.suite.plan import Plan

most_shown = 10


def check_twins(request: Request, *, jobs: int | None, results: Path | None) -> bool:
    """Train and measure a suite's cells and their twins, say how far they are apart, and keep it beside the tables.

    Returns:
        Whether a regression check can hold all of its cells; in single precision nothing is asked of them.
    """
    found = _compared(request, jobs, results)
    print(_summary(found))
    if found.precision == "float32":
        _show_claims(found)
    else:
        _show_apart(found)
    tables = (results or request.workspace.results) / request.folder.name
    place = tables if _is_of_the_same(tables, found) else _scratch(request) / "twins"
    place.mkdir(parents=True, exist_ok=True)
    path = place / "twins.json"
    write_atomic(path, found.as_json().encode())
    print(f"written: {path}" + ("; the report prints it: lossbench report" if place == tables else ""))
    return found.passes


def requests(
    references: Sequence[str],
    *,
    profile: str | None,
    settings: Sequence[str],
    seeds: str | None,
    device: str | None,
) -> list[Request]:
    """Return what is asked of each suite, by default of all that the workspace has."""
    from benchmark.cli.context import open_workspace
    from benchmark.suite.folder import available

    names = references or available(open_workspace()[0].suites)
    asked: dict[str, Any] = {"profile": profile, "settings": settings, "seeds": seeds, "device": device}
    return [read_request(name, **asked) for name in names]


def _compared(request: Request, jobs: int | None, results: Path | None) -> Twins:
    from benchmark.published.check.twins import twins
    from benchmark.results import records
    from benchmark.suite.code import code_of_run

    plan = with_data(lambda pin: planned(request, results, pin), needed=True)
    own, twin = (_computed(plan, request, jobs, twins=is_twin) for is_twin in (False, True))
    frames = [records.read(folder / "records.parquet") for _, folder in (own, twin)]
    return twins(
        plan,
        (own[0], twin[0]),
        (frames[0], frames[1]),
        request.folder.claims,
        code_of_run(plan, own[0].numerics),
    )


def _computed(plan: Plan, request: Request, jobs: int | None, *, twins: bool) -> tuple[Bench, Path]:
    from benchmark.cli.progress_bar import progress
    from benchmark.run.complete import bench_of, complete

    folder = _scratch(request) / ("twins" if twins else "cells")
    with stopped_by_signals(), progress() as tell:
        complete(
            plan,
            request.workspace,
            device=request.device,
            n_workers=jobs,
            on_event=tell,
            results=folder,
            command="lossbench check --twins",
            twins=twins,
        )
    return bench_of(plan.profile, request.workspace, request.device, twins=twins), folder


def _scratch(request: Request) -> Path:
    return request.workspace.runs / "check" / request.folder.name


def _is_of_the_same(folder: Path, found: Twins) -> bool:
    """Tell whether the tables in a folder hold the cells whose twins these are, made by the same code."""
    try:
        provenance = read_provenance(folder)
    except (OSError, ValueError):
        return False
    return provenance.get("code") == found.code and {twin.key for twin in found.cells} <= set(
        provenance["cells"]
    )


def _summary(found: Twins) -> str:
    label = max(found.measures, key=lambda name: found.measures[name], default="")
    measures = f"; measures at most {found.measures[label]:.1e} ({label})" if label else ""
    n_apart = f"{len(found.apart)} amplify rounding" if found.apart else "none amplifies rounding"
    n_apart += f"; {len(found.measures_apart)} measures do" if found.measures_apart else ""
    tail = "" if found.precision == "float32" else f"; {n_apart}"
    return (
        f"{found.suite}: {len(found.cells)} cells and their twins, {found.precision}: weights at most "
        f"{found.worst.distance:.1e} apart ({found.worst.name}){measures}{tail}"
    )


def _show_apart(found: Twins) -> None:
    """Print the cells and the measures that no gate can hold, and which gate there is for them."""
    from benchmark.published.check.twins import farthest, farthest_measure

    if found.measures_apart:
        rows = [{"measure": label, "moved": f"{moved:.1e}"} for label, moved in found.measures_apart.items()]
        print_rows(rows[:most_shown], as_json=False)
        print(
            f"These measures move by more than {farthest_measure:.0e} of their numbers' size: something in them "
            "decides by comparing numbers that are equal up to rounding, or asks for digits that cancellation took."
        )
    if not found.apart:
        return
    rows = [
        {
            "cell": twin.name,
            "distance": f"{twin.distance:.1e}",
            "steps": f"{twin.n_steps} / {twin.twin_steps}",
            "status": f"{twin.status} / {twin.twin_status}",
        }
        for twin in found.apart[:most_shown]
    ]
    print_rows(rows, as_json=False)
    more = len(found.apart) - len(rows)
    if more > 0:
        print(f"and {more} more")
    print(
        f"These cells end more than {farthest:.0e} apart, or after other steps: on another processor `lossbench check` "
        "is red for them. Take a smaller learning rate, fewer steps or fewer layers; or hold the suite by lossbench "
        "compare, against the noise of its seeds (docs/regression-checks.md)."
    )


def _show_claims(found: Twins) -> None:
    rows = [
        {
            "claim": name,
            "effect": _number(one.effect),
            "twins": _number(one.twin_effect),
            "rounding in the interval": f"{one.share:.1%}",
            "verdict": one.outcome
            if one.outcome == one.twin_outcome
            else f"{one.outcome} / {one.twin_outcome}",
        }
        for name, one in found.claims.items()
    ]
    print_rows(rows, as_json=False, empty="no claim is decided by these records")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
