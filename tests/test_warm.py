"""What starts by fork ends as a fresh interpreter would, and sees the code that its PYTHONPATH leads to."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest


def ran(commands: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    words = [str(commands / "python"), "-c", code, "a word"]
    settings = {**os.environ, **environment}
    return subprocess.run(words, cwd=commands, env=settings, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("pass", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit('why')", 1),
        ("1 / 0", 1),
        ("import os; os._exit(4)", 4),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("import sys; raise SystemExit(sys.argv != ['-c', 'a word'])", 0),
    ],
)
def test_a_forked_command_ends_as_it_should(code: str, expected: int, commands: Path) -> None:
    assert ran(commands, code).returncode == expected


def test_the_project_is_imported_from_where_the_environment_says(commands: Path, tmp_path: Path) -> None:
    (tmp_path / "benchmark.py").write_text("where = 'a mutated copy'")
    for _ in range(2):
        found = ran(commands, "import benchmark; print(benchmark.where)", PYTHONPATH=str(tmp_path))
        assert found.stdout == "a mutated copy\n", found.stderr
        (tmp_path / "benchmark.py").write_text("where = 'a mutated copy'  # edited")


def test_a_signal_reaches_the_forked_command(commands: Path) -> None:
    code = "import time; print('here', flush=True); time.sleep(900)"
    words = [str(commands / "python"), "-c", code]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM
