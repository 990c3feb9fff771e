"""Mistakes in params.yaml and in the code of a suite are told with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import Lossbench


def test_problems_of_params_are_told_all_at_once(lossbench: Lossbench, workspace: Path) -> None:
    (workspace / "params.yaml").write_text("profile: c\nsuites:\n  example:\n    widht: 3\n")
    code, _, err = lossbench("run", "example")
    assert code == 2
    assert err.splitlines() == [
        "params.yaml:1: profile: expected one of ci, small, pictures, full, got c; did you mean ci?",
        "params.yaml:4: suites.example.widht: unknown key; did you mean widths?",
    ]


@pytest.mark.parametrize(
    ("file", "text", "words", "said"),
    [
        ("suite", "def (:\n", ["run", "example"], "suite.py:1: SyntaxError: invalid syntax"),
        (
            "suite",
            "\nimport nowhere\n",
            ["run", "example"],
            "suite.py:2: ModuleNotFoundError: No module named",
        ),
        (
            "suite",
            "from math import tau2\n",
            ["run", "example", "--dry-run"],
            "suite.py:1: ImportError: cannot",
        ),
        (
            "suite",
            "suite = Suit()\n",
            ["list", "suites"],
            "suite.py:1: NameError: name 'Suit' is not defined",
        ),
        ("claims", "claims = (undefined,)\n", ["list", "claims"], "claims.py:1: NameError: name 'undefined'"),
        ("claims", "claims = (\n", ["list", "claims"], "claims.py:1: SyntaxError: '(' was never closed"),
    ],
)
def test_a_faulty_suite_is_told_with_file_and_line(
    file: str, text: str, words: list[str], said: str, lossbench: Lossbench, workspace: Path
) -> None:
    (workspace / "suites" / "example" / f"{file}.py").write_text(text)
    code, _, err = lossbench(*words)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert "traceback" not in err


def test_a_mistake_in_a_function_of_a_suite_is_told_with_file_and_line(
    lossbench: Lossbench, workspace: Path
) -> None:
    path = workspace / "suites" / "example" / "suite.py"
    text = path.read_text().replace("for width in c.widths", "for width in c.widthss")
    path.write_text(text)
    line = text[: text.index("c.widthss")].count("\n") + 1
    code, _, err = lossbench("run", "example", "--dry-run")
    assert code == 2
    assert f"suite.py:{line}: AttributeError: 'Config' object has no attribute 'widthss'" in err
