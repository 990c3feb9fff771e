"""`lossbench check`: are the same cells still what the published baseline says?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Exit, Option

from benchmark.cli.checked import show, write_documents
from benchmark.cli.context import BadInput, find_suite, lay_out, open_workspace
from benchmark.cli.failures import tell_failures
from benchmark.cli.options import DeviceOption, JobsOption, ReadFromOption

if TYPE_CHECKING:
    from benchmark.published.check.gate import Checked
    from benchmark.published.check.scope import Scope
    from benchmark.results.published import Published
    from benchmark.run.complete import Outcome
    from benchmark.store.workspace import Workspace
    from benchmark.suite.folder import SuiteFolder
    from benchmark.suite.params import Params
    from benchmark.suite.plan import Plan


Suites = Annotated[list[str] | None, Argument(metavar="[SUITE]...", help="By default all of the baseline.")]
Run = Annotated[
    bool, Option("--run", help="Compute the cells first (beside the results), instead of taking `results`.")
]
Seeds = Annotated[str | None, Option(help="Only these seeds: 0-4, 3, or 0,1,2.")]
Only = Annotated[str, Option(metavar="FACTORS", help="Only cells with these: 'arm=width,width=64'.")]
Measure = Annotated[
    list[str] | None, Option(metavar="LABEL", help="Only this measure; `history` is the training.")
]
Against = Annotated[str, Option(metavar="NAME", help="The published result to compare with.")]
JsonFile = Annotated[Path | None, Option("--json", metavar="FILE", help="Write what was found as JSON.")]
Junit = Annotated[Path | None, Option(metavar="FILE", help="The same for a CI's list of tests.")]
Markdown = Annotated[Path | None, Option(metavar="FILE", help="The same for a pull request.")]
Failed = Annotated[
    bool,
    Option("--failed", help="Compare nothing: look whether any network or measure in the results failed."),
]
Twins = Annotated[
    bool, Option("--twins", help="Compare nothing: train cells again from weights one rounding apart.")
]
Profile = Annotated[str | None, Option(help="With --twins: ci, small, pictures or full.")]
Settings = Annotated[
    list[str] | None,
    Option("--set", metavar="KEY=VALUE", help="With --twins: replace a field of the Config."),
]


def check(
    suites: Suites = None,
    run: Run = False,
    seeds: Seeds = None,
    only: Only = "",
    measure: Measure = None,
    against: Against = "baseline",
    results: ReadFromOption = None,
    json_file: JsonFile = None,
    junit: Junit = None,
    markdown: Markdown = None,
    jobs: JobsOption = None,
    device: DeviceOption = None,
    failed: Failed = False,
    twins: Twins = False,
    profile: Profile = None,
    settings: Settings = None,
) -> None:
    """Compare the same cells with the published baseline.

    Number by number: exit 1 when a cell, a status or a number is not as it was, and say which. One tolerance holds for
    all numbers, 1e-6 of their size; counts are exact. docs/regression-checks.md tells how to use this in CI, and for
    which suites; code that is another than the baseline's is told. `--twins` says whether a suite's cells can be held
    so, and in single precision how much of each claim's interval is rounding.
    """
    _refuse_mixture(
        profile or settings, run or only or measure or failed or json_file or junit or markdown, twins
    )
    if twins:
        asked: dict[str, Any] = {"seeds": seeds, "jobs": jobs, "device": device, "results": results}
        raise Exit(_red_twins(suites or [], profile, settings or [], **asked))
    workspace, params = open_workspace()
    if failed:
        raise Exit(int(tell_failures(workspace)))
    request = _Request(
        workspace=workspace,
        params=params,
        baseline=_baseline(workspace, against),
        scope=_scope(seeds, only, measure or []),
        jobs=jobs,
        device=device or params.device,
        results=results or workspace.results,
    )
    checked = list(request.checked(suites or [], run=run))
    write_documents(checked, request.baseline, json_file=json_file, junit=junit, markdown=markdown)
    _tell(checked, request.baseline, workspace)


def _tell(checked: Sequence[Checked], baseline: Published, workspace: Workspace) -> None:
    from benchmark.results.published import stale

    show(checked, baseline)
    names = [one.comparison.suite for one in checked]
    changed = stale(baseline, [find_suite(name, workspace) for name in names])
    for name in names:
        if name in changed:
            print(f"note: the code of {name} is not that of {baseline.name}: {'; '.join(changed[name])}")
    if not all(one.comparison.passed for one in checked):
        raise Exit(1)


def _baseline(workspace: Workspace, against: str) -> Published:
    from benchmark.published.check.gate import open_baseline

    return open_baseline(workspace, against)


def _refuse_mixture(of_twins: object, of_a_check: object, twins: bool) -> None:
    """Refuse options that have no meaning beside each other."""
    if of_twins and not twins:
        raise BadInput(
            "--profile and --set go with --twins; a check has the profile and settings of its baseline"
        )
    if of_a_check and twins:
        raise BadInput(
            "--twins goes with suites, --profile, --set, --seeds, --jobs, --device and --results only"
        )


@dataclass(frozen=True, kw_only=True)
class _Request:
    """What is asked."""

    workspace: Workspace
    params: Params
    baseline: Published
    scope: Scope
    jobs: int | None
    device: str
    results: Path

    def checked(self, references: Sequence[str], *, run: bool) -> Iterator[Checked]:
        """Compare the suites, and note the outcome where all of them were compared as a whole."""
        from benchmark.published.check.gate import write_gate

        folders = [find_suite(name, self.workspace) for name in references or self.baseline.suites]
        for folder in folders:
            if folder.name not in self.baseline.suites:
                there = ", ".join(self.baseline.suites)
                raise BadInput(f"{self.baseline.name} has no records of {folder.name}; there are {there}")
        done = []
        for folder in folders:
            done.append(self._computed(folder) if run else self._taken(folder))
            yield done[-1]
        names = {folder.name for folder in folders}
        if self.scope.is_whole and names == set(self.baseline.suites) and all(one.provenance for one in done):
            write_gate(self.workspace, self.baseline, done)

    def _taken(self, folder: SuiteFolder) -> Checked:
        from benchmark.published.check.gate import take

        table = self.results / folder.name
        if not (table / "records.parquet").is_file():
            raise BadInput(
                f"{table} holds no records; compute them: lossbench run {folder.name}, or: lossbench check --run"
            )
        return take(folder.name, table, self.baseline, self.scope)

    def _computed(self, folder: SuiteFolder) -> Checked:
        from benchmark.published.check.gate import compute

        return compute(self._plan(folder), self.baseline, self.scope, self._complete, self.workspace.runs)

    def _plan(self, folder: SuiteFolder) -> Plan:
        """Lay out the suite as it is today, with the seeds and the winners of the baseline."""
        from benchmark.cells.data.catalog import pin
        from benchmark.suite import params as parameters
        from benchmark.suite.plan import config_from_json, config_to_json

        then = self.baseline.provenance[folder.name]
        own = self.params.suites.get(folder.name, {}) if then["profile"] == self.params.profile else {}
        config = parameters.resolve(folder.suite, profile=then["profile"], overrides=own)
        values = config_to_json(config)
        kept = {
            name: then["config"][name]
            for name in ("seeds", "tuned")
            if name in values.keys() & then["config"]
        }
        try:
            config = config_from_json(type(config), {**values, **kept})
            return lay_out(folder, profile=then["profile"], config=config, pin=pin)
        except ValueError as error:
            raise BadInput(f"{folder.name}: {error}") from error

    def _complete(self, part: Plan, folder: Path) -> Outcome:
        from benchmark.cli.progress_bar import progress
        from benchmark.cli.request import stopped_by_signals
        from benchmark.run.complete import complete

        with stopped_by_signals(), progress() as tell:
            return complete(
                part,
                self.workspace,
                device=self.device,
                n_workers=self.jobs,
                on_event=tell,
                results=folder,
                command="lossbench check --run",
            )


def _red_twins(
    references: Sequence[str], profile: str | None, settings: Sequence[str], *,
    seeds: str | None, jobs: int | None, device: str | None, results: Path | None,
) -> int:  # fmt: skip
    from benchmark.cli.check_twins import check_twins, requests

    asked = requests(references, profile=profile, settings=settings, seeds=seeds, device=device)
    agree = [check_twins(one, jobs=jobs, results=results) for one in asked]
    return int(not all(agree))


def _scope(seeds: str | None, only: str, measures: Sequence[str]) -> Scope:
    from benchmark.published.check.scope import Scope, parsed_only
    from benchmark.suite.params import seeds as parsed

    chosen = None if seeds is None else frozenset(parsed(seeds))
    return Scope(seeds=chosen, only=parsed_only(only), measures=tuple(measures))
