"""The command `lossbench`: its commands, and what becomes of errors.

Everything heavy is imported inside the commands, so that help comes at once.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from benchmark.cli import (
    check,
    compare,
    data,
    doctor,
    examples,
    explain,
    judge,
    listing,
    publish,
    report,
    run,
    setup,
    store,
    sweep,
    tracking,
)

app = typer.Typer(
    help="A reproducibility benchmark for what is known about the loss landscapes of neural networks.\n\n"
    + examples.overview(),
    epilog="Exit codes: 0 all is there, 1 something failed or is damaged, 2 bad input, 130 stopped by Ctrl-C.",
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
    "doctor": doctor.doctor,
    "sweep": sweep.sweep,
    "run": run.run,
    "judge": judge.judge,
    "report": report.report,
    "check": check.check,
    "compare": compare.compare,
    "explain": explain.explain,
    "publish": publish.publish,
    "verify": publish.verify,
    "ui": tracking.ui,
    "sync": tracking.sync,
}
for name, command in commands.items():
    app.command(name=name, epilog=examples.epilog(name))(command)
app.command(name="published", hidden=True)(publish.index)  # a stage of DVC
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
    from benchmark.store.files import Damaged

    code, text = _exit_code(error), str(error)
    if isinstance(error, Damaged):
        text += "; `lossbench run SUITE` makes it anew, and `lossbench store verify` finds whatever else is damaged"
    if code is None and (place := _place_in_suite(error)):
        what = error.msg if isinstance(error, SyntaxError) else error
        code, text = 2, f"{place}: {type(error).__name__}: {what}"
    if code is None:
        log = _write_traceback()
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({where.filename}, line {where.lineno}); traceback in {log}"
        code = 1
    print(text if "\n" in text else f"lossbench: {text}", file=sys.stderr)
    return code


def _exit_code(error: Exception) -> int | None:
    """Return 2 for bad input, 1 for a machine that refuses or damage on it, None for what nobody expected."""
    from benchmark.cells.data.manifest import DataMismatch, DataMissing
    from benchmark.cli.context import BadInput
    from benchmark.published.check.scope import CannotCompare
    from benchmark.results.records import SchemaError
    from benchmark.run.device import BadDevice
    from benchmark.store.files import Damaged
    from benchmark.suite.claim_names import FaultyName
    from benchmark.suite.folder import SuiteNotFound
    from benchmark.suite.yaml_text import Faulty

    typed = (BadInput, CannotCompare, BadDevice, FaultyName, SuiteNotFound)
    if isinstance(error, (*typed, DataMismatch, DataMissing, SchemaError, Faulty)):
        return 2
    return 1 if isinstance(error, (Damaged, OSError)) else None


def _place_in_suite(error: Exception) -> str | None:
    """Return file:line of the line in a suite that is at fault, or None where none is.

    It is when it cannot be parsed, fails while it is imported, or raises by itself; not when what it calls does.
    """
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    frames = list(traceback.walk_tb(error.__traceback__))
    own = [(frame, line) for frame, line in frames if _is_of_suite(frame)]
    if not own:
        return None
    frame, line = own[-1]
    is_imported = any(frame.f_code.co_name == "<module>" for frame, _ in own)
    return f"{frame.f_code.co_filename}:{line}" if is_imported or frame is frames[-1][0] else None


def _is_of_suite(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("suites.")


def _write_traceback() -> Path:
    with tempfile.NamedTemporaryFile("w", prefix="lossbench-", suffix=".log", delete=False) as file:
        traceback.print_exc(file=file)
    return Path(file.name)
