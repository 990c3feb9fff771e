"""What a command line asks of a suite, and where its results go: of `lossbench run` and `lossbench sweep`."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from typer import Exit

from benchmark.cli.context import BadInput, find_suite, open_workspace

if TYPE_CHECKING:
    from benchmark.store.workspace import Workspace
    from benchmark.suite.folder import SuiteFolder
    from benchmark.suite.tuning import Question

Pin = Callable[[Any], Any]
Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A suite, what is asked of it, and the options that ask it (whatever changes no number left out)."""

    workspace: Workspace
    folder: SuiteFolder
    reference: str
    profile: str
    config: Any
    is_own: bool  # what the command with the suite alone would ask
    device: str
    options: tuple[str, ...]
    seeds: str | None = None

    def command(self, name: str, *, results: Path | None = None) -> str:
        """Return the command line that asks the same of the command `name`."""
        words = ["lossbench", name, self.reference, *self.options]
        if self.seeds is not None and name != "sweep":  # whose own seeds are a setting
            words += ["--seeds", self.seeds]
        return shlex.join([*words, *(["--results", str(results)] if results else [])])

    def question(self, pin: Pin) -> Question:
        """Return what a sweep is asked."""
        from benchmark.suite.tuning import Question

        return Question(suite=self.folder.suite, profile=self.profile, config=self.config, pin=pin)


def read_request(
    reference: str,
    *,
    profile: str | None = None,
    settings: Sequence[str] = (),
    seeds: str | None = None,
    device: str | None = None,
) -> Request:
    """Check what was typed against the workspace's settings and the suite's Config."""
    from benchmark.suite import params as parameters

    workspace, params = open_workspace()
    folder = find_suite(reference, workspace)
    own = params.suites.get(folder.name, {}) if folder.path.parent == workspace.suites else {}
    asked = {**own, **parameters.assignments(settings, folder.suite)}
    if seeds is not None:
        asked["seeds"] = parameters.seeds(seeds)
    chosen = profile or params.profile
    config = parameters.resolve(folder.suite, profile=chosen, overrides=asked)
    is_own = chosen == params.profile and config == parameters.resolve(
        folder.suite, profile=chosen, overrides=own
    )
    options = [("--profile", profile), *(("--set", text) for text in settings)]
    return Request(
        workspace=workspace,
        folder=folder,
        reference=reference,
        profile=chosen,
        config=config,
        is_own=is_own,
        device=device or params.device,
        options=tuple(str(word) for option in options if option[1] for word in option),
        seeds=seeds,
    )


def results_of(request: Request, results: Path | None, *, command: str) -> Path:
    """Return the folder for a suite's tables: in `results`, or the workspace's.

    The latter are what each suite gives by itself, which DVC keeps and the report shows.
    """
    from benchmark.suite.folder import available

    folder = request.folder
    if results is not None:
        return results / folder.name
    place = request.workspace.results / folder.name
    if not request.is_own:
        raise BadInput(
            f"{place} holds what `lossbench {command} {request.reference}` gives by itself; give --results DIR for "
            "anything else, or set it in params.yaml"
        )
    if folder.path.parent != request.workspace.suites and folder.name in available(request.workspace.suites):
        raise BadInput(
            f"{place} holds the tables of this workspace's {folder.name}; give --results DIR for others"
        )
    return place


def with_data(ask: Callable[[Pin], Answer], *, needed: bool) -> Answer:
    """Return what `ask` gives with the data pinned; unless they are `needed`, also where they are not here."""
    from benchmark.cells.data.catalog import pin
    from benchmark.cells.data.manifest import DataMissing

    try:
        return ask(pin)
    except DataMissing as error:
        if needed:
            raise
        print(f"lossbench: {error}", file=sys.stderr)
        return ask(lambda data: data)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP stop a run as Ctrl-C does, and end with 128 + the signal's number."""
    from benchmark.run.complete import Interrupted

    received = [signal.SIGINT]

    def stop(number: int, _: Any) -> None:
        received[0] = signal.Signals(number)
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    except (Interrupted, KeyboardInterrupt) as error:
        print(f"{error or 'stopped'}; run the same command to resume", file=sys.stderr)
        raise Exit(128 + received[0]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
