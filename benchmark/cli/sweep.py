"""`lossbench sweep`: tune what a suite tunes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from benchmark.cli.context import BadInput
from benchmark.cli.options import (
    DeviceOption,
    DryRunOption,
    JobsOption,
    JsonOption,
    ProfileOption,
    SettingsOption,
    SuiteArgument,
    WriteToOption,
)
from benchmark.cli.output import duration, print_json, print_rows
from benchmark.cli.progress_bar import progress
from benchmark.cli.request import (
    Request,
    read_request,
    results_of,
    stopped_by_signals,
    with_data,
)

if TYPE_CHECKING:
    from benchmark.run.sweep.engine import Outcome
    from benchmark.suite.tuning import Question

shown_failures = 10


def sweep(
    suite: SuiteArgument,
    profile: ProfileOption = None,
    settings: SettingsOption = None,
    trials: Annotated[
        int | None, Option(min=1, help="Points that every arm tries; short for --set sweep_trials=N.")
    ] = None,
    pareto: Annotated[
        bool, Option("--pareto", help="Minimize the sharpness besides the error; writes pareto.json.")
    ] = False,
    jobs: JobsOption = None,
    device: DeviceOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    results: WriteToOption = None,
) -> None:
    """Find the settings that suit each arm of a suite best.

    Writes results/SUITE/best.json. Each arm tries the suite's own point first, then points that Optuna asks for, on
    seeds that no verdict rests on, and is compared on validation examples. The best point is in force where it gains
    more than two standard errors, and `lossbench run` then trains it besides the suite's own; else the suite's own
    stays. Stop it at any time: the same command resumes, and ends with the same trials.
    """
    asked = [*(settings or []), *([f"sweep_trials={trials}"] if trials else [])]
    request = read_request(suite, profile=profile, settings=asked, device=device)
    question = with_data(lambda pin: _checked(request.question(pin)), needed=not dry_run)
    if dry_run:
        _show_forecast(question, as_json)
        return
    outcome = _swept(request, question, jobs, results_of(request, results, command="sweep"), pareto=pareto)
    _show_outcome(outcome, as_json, next_command="" if pareto else request.command("run", results=results))


def _checked(question: Question) -> Question:
    """Return a question that can be asked; asking for its hash makes its cells, and finds what a spec refuses."""
    from benchmark.cells.data.manifest import DataMismatch

    try:
        question.check()
        question.asked  # noqa: B018
    except DataMismatch:
        raise
    except ValueError as error:
        raise BadInput(f"{question.suite.name}: {error}") from error
    return question


def _swept(request: Request, question: Question, jobs: int | None, folder: Path, *, pareto: bool) -> Outcome:
    from benchmark.run.sweep.engine import sweep as answered

    if question.n_trials and find_spec("optuna") is None:
        raise BadInput("a sweep needs Optuna; install it: pip install 'lossbench[pipeline]'")

    with stopped_by_signals(), progress() as show:
        return answered(
            request.folder,
            question,
            request.workspace,
            pareto=pareto,
            device=request.device,
            n_workers=jobs,
            on_event=show,
            results=folder,
        )


def _show_forecast(question: Question, as_json: bool) -> None:
    n_networks = len(question.arms) * question.n_trials * len(question.seeds)
    facts = {**question.head, "arms": list(question.arms), "n_networks_at_most": n_networks}
    if as_json:
        print_json(facts)
        return
    print(f"suite {question.suite.name}, profile {question.profile}")
    print(f"arms   {', '.join(question.arms) or 'none: there is nothing to tune'}")
    print(f"to do  {question.n_trials} trials of each on {len(question.seeds)} seeds: "
          f"at most {n_networks} networks")  # fmt: skip


def _show_outcome(outcome: Outcome, as_json: bool, *, next_command: str) -> None:
    if as_json:
        facts = {"path": str(outcome.path), "n_computed": outcome.n_computed, "failures": outcome.failures}
        print_json({**outcome.content, **facts})
        return
    studies = outcome.content["studies"]
    print_rows([row for arm, study in studies.items() for row in _rows(arm, study)], as_json=False,
               empty="there is nothing to tune")  # fmt: skip
    for line in _chosen(studies):
        print(line)
    for name, reason in outcome.failures[:shown_failures]:
        print(f"failed: {name}: {reason}")
    if len(outcome.failures) > shown_failures:
        print(f"and {len(outcome.failures) - shown_failures} more")
    spent = f"{outcome.n_computed} networks trained in {duration(outcome.seconds)}"
    print("; next: ".join(filter(None, [f"{outcome.path}: {spent}", next_command])))


def _rows(arm: str, study: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the lines of an arm: its best point beside the default, or all of its front."""
    trials = study["trials"]
    counts = {"trials": len(trials), "pruned": sum(trial["state"] == "pruned" for trial in trials)}
    if "best" not in study:
        for number in study["front"]:
            values = {name: f"{value:.4g}" for name, value in trials[number]["values"].items()}
            yield {"arm": arm, "point": _shown(trials[number]["point"]), **values, "trials": len(trials)}
        return
    yield {
        "arm": arm,
        "default": _shown(study["default"]),
        "its error": f"{trials[0]['value']:.4f}",
        "best": _shown(study["best"]["point"]),
        "its own error": f"{study['best']['value']:.4f}",
        **counts,
    }


def _chosen(studies: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield for every arm which point is in force, and why."""
    from benchmark.suite.gain import choice_in, in_words

    for arm, study in studies.items():
        if (made := choice_in(study)) is not None:
            yield f"{arm} {in_words(made)}"


def _shown(point: Mapping[str, float]) -> str:
    return " ".join(f"{name}={value:.3g}" for name, value in point.items())
