"""The workflow file that the guide offers is one: it parses, and the commands in it exist."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from benchmark.cli import main as cli
from tests import root

page = (root / "docs" / "regression-checks.md").read_text(encoding="utf-8")
blocks = re.findall(r"^```(\w+)[^\n]*\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def workflow() -> dict[str, Any]:
    (text,) = [code for kind, code in blocks if kind == "yaml"]
    content: dict[str, Any] = YAML(typ="safe").load(text)
    return content


def scripts() -> list[str]:
    (job,) = workflow()["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


def commands(script: str) -> list[list[str]]:
    """Return the words of every call of lossbench."""
    lines = [shlex.split(line, comments=True) for line in script.splitlines()]
    return [words[1:] for words in lines if words[:1] == ["lossbench"]]


def test_the_workflow_has_what_github_asks_for() -> None:
    content = workflow()
    assert {"name", "on", "permissions", "jobs"} == set(content)
    (job,) = content["jobs"].values()
    assert {"runs-on", "timeout-minutes", "steps"} <= set(job)
    for step in job["steps"]:
        assert ("uses" in step) != ("run" in step)
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"])


@pytest.mark.parametrize("script", scripts())
def test_a_step_of_the_workflow_is_a_script(script: str) -> None:
    subprocess.run(["bash", "-n", "-c", script], check=True)


def test_every_lossbench_command_of_the_page_exists() -> None:
    calls = [words for kind, code in blocks if kind == "bash" for words in commands(code)]
    calls += [words for script in scripts() for words in commands(script)]
    assert len(calls) >= 8
    app = typer.main.get_command(cli.app)
    for name, *words in calls:
        command = app.commands[name]  # type: ignore[attr-defined]
        command.make_context(name, list(words))  # raises on an option or argument that there is not


def test_the_check_writes_the_files_that_the_next_steps_take() -> None:
    (words,) = [words for script in scripts() for words in commands(script)]
    assert {"check.json", "check.xml", "check.md"} <= set(words)
