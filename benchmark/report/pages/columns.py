"""The columns of the claims board: the latest results, and everything that was published."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmark.report.pages.clocks import joint_clock
from benchmark.report.pages.suite_factors import defaults_of
from benchmark.report.words.anchors import claim_anchor, column_anchor, old_claim_anchor
from benchmark.report.words.origin import Origin, models_of, origin_of
from benchmark.report.words.same_cells import checked, last_gate
from benchmark.report.words.verdict_cell import outcome_of
from benchmark.results.provenance import platform_of
from benchmark.results.published import Published, baseline, published, stale
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder

latest = "latest"
unchecked = "not checked against the baseline"
Verdicts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One set of results.

    Attributes:
        name: "latest", or what it was published as.
        anchor: the place that describes it.
        clock: begins the ids of what is not hashed of it; "" for what was published.
        href: its page.
        why, made: why and on which day it was published.
        origins: where its suites' results come from.
        verdicts: by suite and claim.
        link: from a suite and a claim to the section that explains the verdict.
        stale: by suite, what has changed since, in words.
        is_checked: whether its platform has passed the same-cells gate.
        gate: that in words.
        problems: what cannot be read.
    """

    name: str
    anchor: str
    href: str
    origins: tuple[Origin, ...]
    verdicts: Mapping[str, Verdicts]
    link: Callable[[str, str], str]
    is_checked: bool
    gate: str
    clock: str = ""
    why: str = ""
    made: str = ""
    stale: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def is_ci(self) -> bool:
        """Whether it has results of the ci profile, which are regression and no evidence."""
        return any(origin.profile == "ci" for origin in self.origins)

    @property
    def is_evidence(self) -> bool:
        """Whether it decides a claim by results that were not made as a regression check."""
        decided = (
            outcome_of(verdict) != "not_run" for of in self.verdicts.values() for verdict in of.values()
        )
        return not self.is_ci and any(decided)

    @property
    def altered(self) -> dict[str, tuple[str, ...]]:
        """The settings that are not those of the profile, by suite."""
        return {origin.suite: origin.altered for origin in self.origins if origin.altered}

    def words(self, fact: str) -> str:
        """Return a fact of the origins, each of its values once: `ci`, `Digits, CIFAR10`."""
        found = [getattr(origin, fact) for origin in self.origins]
        values = [v for value in found for v in (value if isinstance(value, tuple) else (value,))]
        return ", ".join(dict.fromkeys(str(value) for value in values if value))


def columns(
    workspace: Workspace,
    suites: Sequence[SuiteFolder],
    *,
    origins: Sequence[Origin],
    verdicts: Mapping[str, Verdicts],
) -> list[Column]:
    """Return the columns of the board, the latest results first; those only where there are some.

    Args:
        workspace: where reports lie.
        suites: that are here, against which published results are stale or not.
        origins: of the latest results.
        verdicts: the latest, by suite and claim.
    """
    every = published(workspace)
    standard = next((one.platform for one in every if one.name == baseline), None)
    shown = [_published_column(one, suites, standard) for one in every]
    return [_latest_column(origins, verdicts, standard), *shown] if origins or verdicts else shown


def _latest_column(
    origins: Sequence[Origin],
    verdicts: Mapping[str, Verdicts],
    standard: Mapping[str, str] | None,
) -> Column:
    is_checked, gate = _checked(origins, standard, None)  # a check that was made here is told, and not hashed
    return Column(
        name=latest,
        anchor=column_anchor(latest),
        href="index.html",
        origins=tuple(origins),
        verdicts=verdicts,
        link=lambda suite, claim: f"{suite}.html#{claim_anchor(claim)}",
        is_checked=is_checked,
        gate=gate,
        clock=joint_clock([origin.clock for origin in origins]),
    )


def _checked(
    origins: Sequence[Origin], standard: Mapping[str, str] | None, gate: Mapping[str, Any] | None
) -> tuple[bool, str]:
    """Tell whether the platforms of all suites are known to give the baseline's numbers, and why."""
    checks = [checked(origin.platform, gate, standard=standard) for origin in origins]
    # that of a suite which is not checked comes first
    return all(is_checked for is_checked, _ in checks), min(checks, default=(True, ""))[1]


def latest_texts(
    workspace: Workspace, origins: Sequence[Origin], run_texts: Mapping[str, str]
) -> dict[str, str]:
    """Return by id of their place what is said of the latest results and not hashed: when, whence, checked here or not.

    Args:
        workspace: whose published results and last check count.
        origins: of the latest results.
        run_texts: those of the suites.
    """
    standard = next((one.platform for one in published(workspace) if one.name == baseline), None)
    is_checked, gate = _checked(origins, standard, last_gate(workspace.runs / "gate.json"))
    whence = (
        ", ".join(
            dict.fromkeys(filter(None, (run_texts.get(f"{origin.clock}-{name}") for origin in origins)))
        )
        for name in ("day", "sha")
    )
    texts = {
        "when": " · ".join(filter(None, whence)),
        "mark": "" if is_checked else unchecked,
        "gate": gate,
    }
    return {
        f"{joint_clock([origin.clock for origin in origins])}-{name}": text for name, text in texts.items()
    }


def _published_column(
    one: Published, suites: Sequence[SuiteFolder], standard: Mapping[str, str] | None
) -> Column:
    is_checked, gate = checked(one.platform, one.gate, standard=standard)
    is_baseline = one.name == baseline
    return Column(
        name=one.name,
        anchor=column_anchor(one.name),
        href=f"../{one.name}/index.html",
        origins=tuple(_origin(one, suite, suites) for suite in sorted(one.verdicts)),
        verdicts=one.verdicts,
        link=lambda suite, claim: f"../{one.name}/{_place(one.path, suite, claim)}",
        is_checked=is_checked or is_baseline,
        gate="this is what the gate compares with" if is_baseline else gate,
        why=one.why,
        made=one.made,
        stale=_stale(one, suites),
        problems=one.problems,
    )


def _origin(one: Published, suite: str, suites: Sequence[SuiteFolder]) -> Origin:
    provenance = one.provenance.get(suite) or {}
    return origin_of(
        suite,
        provenance,
        one.verdicts[suite],
        platform=platform_of(provenance),
        models=_models(one.path / "results" / suite / "records.parquet"),
        defaults=_defaults(suite, str(provenance.get("profile", "")), suites),
    )


def _defaults(suite: str, profile: str, suites: Sequence[SuiteFolder]) -> Mapping[str, Any] | None:
    """Return the settings of a profile as it is here; None where the suite cannot be asked."""
    folder = next((folder for folder in suites if folder.name == suite), None)
    try:
        return None if folder is None else defaults_of(folder.suite, profile)
    except Exception:  # a suite's own code raises whatever it likes; its page says so
        return None


def _models(path: Path) -> tuple[str, ...]:
    """Return the models of published records; none where these cannot be read, of which `lossbench verify` tells."""
    try:
        factors = pq.read_table(path, columns=["factors"]).column("factors").unique().to_pylist()
        return models_of(factors)
    except (OSError, ValueError, TypeError, AttributeError, pa.ArrowException):
        return ()


def _place(folder: Path, suite: str, claim: str) -> str:
    """Return where a published report explains a verdict; one of a single page has all sections there."""
    if (folder / f"{suite}.html").is_file():
        return f"{suite}.html#{claim_anchor(claim)}"
    return f"index.html#{old_claim_anchor(suite, claim)}"


def _stale(one: Published, suites: Sequence[SuiteFolder]) -> Mapping[str, Sequence[str]]:
    try:
        return stale(one, suites)
    except Exception as error:  # code of suites that are here, on a configuration of old
        return {suite: [f"cannot be told: {type(error).__name__}: {error}"] for suite in one.suites}
