"""Every code block of the guide works in a workspace that `lossbench init` has just made, or says why it is not run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import root
from tests.command_line import exit_code
from tests.docs.examples import Example, examples, pages, says

runnable = [path for path in pages() if any(not block.why_not_run for block in examples(path.read_text()))]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where networks and MLflow's runs are kept: pages that ask for the same network train it once."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture
def workspace(tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("LOSSBENCH_DATA", "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOSSBENCH_RUNS", str(shared / "runs"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{shared / 'mlflow.db'}")
    assert exit_code("init", str(tmp_path / "project")) == 0
    return tmp_path / "project"


@pytest.mark.slow
@pytest.mark.parametrize("page", runnable, ids=[path.stem for path in runnable])
def test_every_code_block_of_the_guide_works(page: Path, workspace: Path, commands: Path) -> None:
    output = ""
    for block in examples(page.read_text(encoding="utf-8")):
        place = f"{page.relative_to(root)}:{block.line}"
        if block.why_not_run:
            continue
        if block.kind == "text":
            missing = says(block.code, output)
            assert missing is None, f"{place} promises {missing!r}, but the output is:\n{output}"
            continue
        output = carried_out(block, workspace, commands, place)


def carried_out(block: Example, workspace: Path, commands: Path, place: str) -> str:
    """Write the block's file, or run it; return what it says."""
    if block.file:
        path = workspace / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.code, encoding="utf-8")
        return ""
    command = {"bash": ["bash", "-eu", "-c"], "python": [str(commands / "python"), "-c"]}[block.kind]
    done = subprocess.run(
        [*command, block.code],
        cwd=workspace,
        env=environment(commands),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{place} ends with {done.returncode}:\n{block.code}\n{done.stdout}"
    return done.stdout


def environment(commands: Path) -> dict[str, str]:
    """Return the surroundings of a user who has entered the virtual environment, its commands those of `tests.warm`."""
    places = (commands, Path(sys.executable).parent, os.environ["PATH"])
    binaries = os.pathsep.join(map(str, places))
    return {**os.environ, "PATH": binaries, "OMP_NUM_THREADS": "1", "DVC_NO_ANALYTICS": "1"}


def test_a_block_that_fails_or_promises_too_much_is_noticed(workspace: Path, commands: Path) -> None:
    def block(kind: str, code: str) -> Example:
        return Example(kind=kind, code=code, file=None, why_not_run=None, line=1)

    with pytest.raises(AssertionError, match=r"here ends with 1"):
        carried_out(block("bash", "false\ntrue"), workspace, commands, "here")
    output = carried_out(block("python", "print('claim   reproduced')"), workspace, commands, "here")
    assert says("claim reproduced\n", output) is None
    assert says("claim ... reproduced\n", "claim 3 reproduced") is None
    assert says("claim contradicted\n", output) == "claim contradicted"


def test_every_code_block_is_of_a_kind_that_is_run_written_or_shown() -> None:
    for page in pages():
        for block in examples(page.read_text(encoding="utf-8")):
            known = block.file or block.why_not_run or block.kind in ("bash", "python", "text")
            assert known, (
                f"{page.relative_to(root)}:{block.line}: {block.kind!r} is neither run nor explained"
            )


def test_no_code_block_escapes_the_reader_of_code_blocks() -> None:
    for page in pages():
        text = page.read_text(encoding="utf-8")
        n_fences = sum(line.strip().startswith("```") for line in text.splitlines())
        assert n_fences == 2 * len(list(examples(text))), (
            f"{page.relative_to(root)} has a fence of another shape"
        )
