"""The suite that the guide writes keeps to the contract that the repository's own are held to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import root
from tests.docs.examples import examples
from tests.suites.folders import variable

guide = root / "docs" / "own-suite.md"
contract = ("claims", "contract", "figures", "knobs", "training")


@pytest.mark.slow
def test_the_suite_of_the_guide_passes_the_contract_tests(tmp_path: Path) -> None:
    for block in examples(guide.read_text(encoding="utf-8")):
        if block.file:
            path = tmp_path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, encoding="utf-8")
    tests = [f"tests/suites/test_{name}.py" for name in contract]
    only = ["-k", "wrong_labels"]  # where none is found, pytest ends with 5
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *only, *tests],
        cwd=root,
        env={**os.environ, variable: str(tmp_path / "suites")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
