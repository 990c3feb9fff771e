"""The reference of all commands, from the texts that `--help` shows."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer.main

from benchmark.cli.main import app
from docs.generate.templates import render

helpful = ("--help", "--debug", "--version")  # of every command, and told once


def page() -> str:
    """Return the page."""
    return render("commands.md", commands=[_told(name, command) for name, command in commands()])


def commands() -> Iterator[tuple[str, Any]]:
    """Yield (words, click command) of everything that can be called, in the order of `lossbench --help`."""
    yield from _below("lossbench", typer.main.get_command(app))


def parameters(command: Any) -> list[Any]:
    """Return the arguments and options of a command, those that every command has left out."""
    return [each for each in command.params if not set(each.opts) & set(helpful)]


def _below(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    for name, child in command.commands.items():
        if child.hidden:
            continue
        if hasattr(child, "commands"):
            yield from _below(f"{words} {name}", child)
        else:
            yield f"{words} {name}", child


def _told(words: str, command: Any) -> dict[str, Any]:
    context = typer.Context(command, info_name=words)
    first, _, rest = inspect.cleandoc(command.help or "").partition("\n\n")
    return {
        "words": words,
        "usage": " ".join([words, *command.collect_usage_pieces(context)]),
        "summary": " ".join(first.split()),
        "rest": [*_paragraphs(rest), *_paragraphs(inspect.cleandoc(command.epilog or ""))],
        "parameters": [found for each in parameters(command) if (found := each.get_help_record(context))],
    }


def _paragraphs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield paragraphs, and whether click leaves their lines as they are, as examples want."""
    for part in text.split("\n\n"):
        if part.startswith("\b\n"):
            yield part.removeprefix("\b\n"), True
        elif part.strip():
            yield part, False
