"""The command `lossbench`: its commands, and what becomes of errors.

Everything heavy is imported inside the commands, so that help comes at once.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from benchmark.commands import data, doctor, judge, listing, publish, report, run, setup, store, tracking

app = typer.Typer(
    help="A reproducibility benchmark for what is known about the loss landscapes of neural networks.",
    epilog="Exit codes: 0 all is there, 1 rows or checks are missing, 2 bad input, 130 stopped by Ctrl-C.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help comes in half the time, and an error is one line
    context_settings={"help_option_names": ["-h", "--help"]},
)
commands: dict[str, Callable[..., None]] = {
    "init": setup.init,
    "list": listing.list_,
    "params": setup.params,
    "run": run.run,
    "judge": judge.judge,
    "report": report.report,
    "publish": publish.publish,
    "sync": tracking.sync,
    "ui": tracking.ui,
    "doctor": doctor.doctor,
}
for name, command in commands.items():
    app.command(name=name)(command)
app.add_typer(data.app, name="data")
app.add_typer(store.app, name="store")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        app([word for word in words if word != "--debug"], prog_name="lossbench")
    except BrokenPipeError:
        raise SystemExit(1) from None  # whoever read our output has enough
    except Exception as error:
        if debug:
            raise
        raise SystemExit(_report(error)) from None


def print_version(asked: bool) -> None:
    """Print the version and end."""
    if asked:
        from importlib.metadata import version

        print(f"lossbench {version('lossbench')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print the version.")
    ] = False,
) -> None:
    """Declare the options that stand before a command; `main` and their callbacks act on them."""


def _report(error: Exception) -> int:
    """Say on one line what went wrong, and return the exit code."""
    code = _exit_code(error)
    if code is None:
        log = _write_traceback()
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({where.filename}, line {where.lineno}); traceback in {log}"
        code = 1
    else:
        text = str(error)
    print(text if "\n" in text else f"lossbench: {text}", file=sys.stderr)
    return code


def _exit_code(error: Exception) -> int | None:
    """Return 2 for bad input, 1 for a machine that refuses, None for what nobody expected."""
    from benchmark.commands.context import BadInput
    from benchmark.data.manifest import DataMismatch, DataMissing
    from benchmark.device import BadDevice
    from benchmark.records import SchemaError
    from benchmark.suite import SuiteNotFound
    from benchmark.yaml_text import Faulty

    if isinstance(
        error, (BadInput, DataMismatch, DataMissing, BadDevice, SchemaError, SuiteNotFound, Faulty)
    ):
        return 2
    if isinstance(error, PermissionError):
        return 2
    return 1 if isinstance(error, OSError) else None


def _write_traceback() -> Path:
    with tempfile.NamedTemporaryFile("w", prefix="lossbench-", suffix=".log", delete=False) as file:
        traceback.print_exc(file=file)
    return Path(file.name)
