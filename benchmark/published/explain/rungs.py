"""What is known of a claim's family: the paper's number, every result that is here, and what could be run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.published.explain.settings import Cells, Values, settings_of
from benchmark.published.explain.swept import swept_factors
from benchmark.results.provenance import read_provenance
from benchmark.stats.claim import Claim
from benchmark.stats.matrix import cell_name
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import Plan, config_of_past, plan

paper = "paper"  # where the paper's own number stands
full = "full"  # the profile that is the papers' own protocol


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One setting in which the question was answered, or could be.

    Attributes:
        claim: id of the claim that is about it, or whose definition matrix has it.
        where: "paper", the name of a result, or "" for what has not been run.
        settings: of the cells that decide it.
        verdict: with `outcome`, `effect`, `low`, `high`, `unit`, `n`; of the paper, its number as text.
        profile: that the records are of, or that would decide.
        command: that made it, or would.
        seeds: that were asked for; empty where that is not known, and for the paper.
        config: of the suite; None where the suite of today does not take it.
        variant: row and column of the definition matrix that it is from; None where it is a claim of its own.
    """

    claim: str
    where: str
    settings: Values
    verdict: Mapping[str, Any]
    profile: str
    command: str
    seeds: tuple[int, ...] = ()
    config: Any = None
    variant: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """The id of the claim; of a cell of a definition matrix, with row and column."""
        return cell_name(self.claim, *self.variant) if self.variant else self.claim

    @property
    def is_open(self) -> bool:
        """Whether nothing has been run there."""
        return not self.where


def family(claims: Iterable[Claim], claim: Claim) -> list[Claim]:
    """Return the claims about the same sentence of the paper: its own first."""
    same = [one for one in claims if one.root == claim.root]
    return sorted(same, key=lambda one: one.id != claim.root)


def paper_rung(folder: SuiteFolder, members: Iterable[Claim]) -> Rung | None:
    """Return the paper's number with the paper's protocol, as the suite's profile `full` has it; None without it."""
    first = next(iter(members))
    laid_out = plan(folder, profile=full, config=folder.suite.profiles[full])
    settings = settings_of(first, cells_of(laid_out))
    if first.of or settings is None:
        return None
    verdict = {
        "paper_value": first.paper_value or "no number",
        "source": first.source,
        "evidence": first.evidence,
    }
    command = f"lossbench run {folder.name} --profile {full} --results results-{full}"
    return Rung(
        claim=first.id,
        where="paper",
        settings=settings,
        verdict=verdict,
        profile=full,
        command=command,
        config=laid_out.config,
    )


def result_rungs(
    folder: SuiteFolder, members: Iterable[Claim], results: Mapping[str, Path]
) -> Iterator[Rung]:
    """Yield every verdict of the family, and of its definition matrices, in results by name.

    Records that are no table are passed over: `lossbench verify` tells of them.
    """
    for where, place in results.items():
        try:
            judged = json.loads((place / "verdicts.json").read_bytes())
            provenance = read_provenance(place)
            cells = cells_in(place / "records.parquet")
        except (OSError, ValueError):
            continue
        profile, config = str(judged.get("profile", "")), _config(folder, provenance)
        swept = swept_factors(
            folder.suite, config or folder.suite.profiles.get(profile, folder.suite.profiles[full])
        )
        for name, claim, verdict, variant in _judged(folder, members, judged):
            settings = settings_of(claim, cells, swept=swept)
            if settings is not None and verdict.get("outcome") not in (None, "not_run"):
                yield Rung(
                    claim=name,
                    where=where,
                    settings=settings,
                    verdict={"unit": claim.unit, **verdict},
                    profile=profile,
                    command=str(provenance.get("command", "")),
                    seeds=tuple(provenance.get("config", {}).get("seeds", ())),
                    config=config,
                    variant=variant,
                )


def _config(folder: SuiteFolder, provenance: Mapping[str, Any]) -> Any:
    kind = type(folder.suite.profiles[full])
    try:
        return config_of_past(kind, provenance["config"])
    except (KeyError, TypeError, ValueError):
        return None


def open_rungs(folder: SuiteFolder, members: Iterable[Claim], known: Iterable[Rung]) -> Iterator[Rung]:
    """Yield the settings of each profile that would decide a claim of the family, and have not been run."""
    run = {(rung.name, rung.profile) for rung in known if rung.where != paper}
    for profile, config in folder.suite.profiles.items():
        cells = cells_of(plan(folder, profile=profile, config=config))
        command = f"lossbench run {folder.name} --profile {profile} --results results-{profile}"
        swept = swept_factors(folder.suite, config)
        for claim in members:
            settings = settings_of(claim, cells, swept=swept)
            if settings is not None and (claim.id, profile) not in run:
                yield Rung(
                    claim=claim.id, where="", settings=settings, verdict={}, profile=profile, command=command
                )


def cells_of(laid_out: Plan) -> Cells:
    """Return the factors of planned cells, as the records of a run would have them."""
    return [{**laid_out.factors(cell), "profile": laid_out.profile} for cell in laid_out.cells]


def cells_in(table: Path) -> Cells:
    """Return the factors of the cells in a table of records. Raises `ValueError` where it is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(table, columns=["factors", "profile"]).group_by(["factors", "profile"])
        return [
            {**json.loads(row["factors"]), "profile": row["profile"]}
            for row in rows.aggregate([]).to_pylist()
        ]
    except (pa.ArrowException, KeyError) as error:
        raise ValueError(f"{table} is no table of records: {error}") from error


def _judged(
    folder: SuiteFolder, members: Iterable[Claim], judged: Mapping[str, Any]
) -> Iterator[tuple[str, Claim, Mapping[str, Any], tuple[str, str] | None]]:
    """Yield id, claim, verdict, and place in a matrix, of the claims and of the cells of their matrices."""
    verdicts = judged.get("verdicts", {})
    matrices = {matrix.claim: matrix for matrix in folder.definitions}
    for claim in members:
        yield claim.id, claim, verdicts.get(claim.id, {}), None
        cells = judged.get("matrices", {}).get(claim.id, {}).get("cells", {})
        if claim.id in matrices and cells:
            for (row, column), variant in matrices[claim.id].claims(claim).items():
                yield claim.id, variant, cells.get(row, {}).get(column, {}), (row, column)
