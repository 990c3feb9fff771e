"""The help of the command line as a whole: nothing without a word, one order, examples that can be typed."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
import typer

from benchmark.cli.examples import examples, groups
from docs.generate.commands_page import commands, parameters
from tests.command_line import exit_code

known = dict(commands())


@pytest.mark.parametrize("words", known)
def test_every_command_and_every_option_says_what_it_does(words: str) -> None:
    command = known[words]
    first = (command.help or "").partition("\n\n")[0]
    assert first.endswith("."), f"{words}: the help begins with a sentence"
    for each in parameters(command):
        shown = each.get_help_record(typer.Context(command, info_name=words))
        text = shown[1] if shown else ""
        assert each.help and text.partition("  [")[0].endswith("."), f"{words} {each.opts}: {text!r}"


def test_no_sentence_of_an_overview_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["data", "--help"], ["store", "--help"]):
        assert exit_code(*words) == 0
        cut = [line for line in capsys.readouterr().out.splitlines() if line.endswith("...")]
        assert not [line for line in cut if not line.startswith("Usage")], cut


def test_every_command_has_its_place_in_the_order_of_use() -> None:
    placed = [name for names in groups.values() for name in names]
    assert sorted(placed) == sorted({words.split()[1] for words in known})
    alone = [words.split()[1] for words in known if len(words.split()) == 2]
    assert alone == [name for name in placed if name in alone], "`lossbench --help` has another order"


def test_every_command_has_examples() -> None:
    assert set(examples) == {words.removeprefix("lossbench ") for words in known}


@pytest.mark.parametrize(
    ("name", "line"), [(name, line) for name, lines in examples.items() for line in lines]
)
def test_an_example_can_be_typed(name: str, line: str) -> None:
    words = shlex.split(line)
    program, rest = words[0], words[1:]
    assert program == "lossbench"
    assert rest[: len(name.split())] == name.split()
    command: Any = known[f"lossbench {name}"]
    command.make_context(
        name, rest[len(name.split()) :]
    )  # raises where an option or argument is not as it says
