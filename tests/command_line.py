"""The command line, called in the process of a test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmark.cli import main as cli

Lossbench = Callable[..., tuple[int, str, str]]  # words -> exit code, standard output, standard error
variables = ("LOSSBENCH_DATA", "LOSSBENCH_RUNS", "MLFLOW_TRACKING_URI", "DVC_ROOT")


def exit_code(*words: str) -> int:
    """Call `lossbench`; return how it ended."""
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def forget_environment(patch: pytest.MonkeyPatch) -> None:
    """Unset what a user has set for `lossbench`; what a command sets meanwhile goes with the patch."""
    for name in variables:
        patch.setenv(name, "")  # so that it is put back, also where it was not set
        patch.delenv(name)
