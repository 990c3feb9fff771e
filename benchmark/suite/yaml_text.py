"""YAML whose values know their line, and whose faults are all reported at once.

YAML 1.2: `1e-3` is a number, `no` is text. Refused are aliases (a few lines of them can stand for gigabytes), tags,
duplicate keys, numbers that are not finite, deep nesting and huge files: no setting needs any of them.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

longest = 200_000  # characters
deepest = 20  # levels of nesting


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One fault: where it is, and what to do about it. `line` 0 means the whole of `source`."""

    source: str
    line: int = 0
    text: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.text}" if self.line else f"{self.source}: {self.text}"


class Faulty(ValueError):
    """Input with faults; the message has one line for each."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value and the line on which it (or its key) stands; inside are plain values, or again `Value`s by key."""

    line: int
    content: Any

    @property
    def plain(self) -> Any:
        """The value as dicts, lists, numbers and text."""
        if isinstance(self.content, dict):
            return {key: value.plain for key, value in self.content.items()}
        if isinstance(self.content, list):
            return [value.plain for value in self.content]
        return self.content


def parse(text: str, source: str) -> Value:
    """Return the one document in `text`.

    Raises:
        Faulty: with every fault that can be told; after a fault of syntax nothing more can.
    """
    if len(text) > longest:
        raise Faulty([Problem(source=source, text=f"has {len(text)} characters; at most {longest} are read")])
    problems: list[Problem] = []
    try:
        _check_events(text, source)
        yaml = YAML(typ="safe", pure=True)
        value = _Reader(source=source, problems=problems, constructor=yaml.constructor).read(
            yaml.compose(text)
        )
    except YAMLError as error:
        raise Faulty([_syntax_problem(error, text, source)]) from None
    if problems:
        raise Faulty(problems)
    return value


def _check_events(text: str, source: str) -> None:
    """Refuse aliases and deep nesting before anything is built from them."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            raise Faulty(
                [Problem(source=source, line=line, text=f"alias *{event.anchor}: write the value out")]
            )
        if depth > deepest:
            raise Faulty([Problem(source=source, line=line, text=f"nested more than {deepest} levels deep")])


@dataclass(frozen=True, kw_only=True)
class _Reader:
    source: str
    problems: list[Problem]
    constructor: Any

    def read(self, node: Any, line: int = 0) -> Value:
        if node is None:
            return Value(line=1, content=None)
        line = line or node.start_mark.line + 1
        if isinstance(node, MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return Value(line=line, content=self._mapping(node))
        if isinstance(node, SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            return Value(line=line, content=[self.read(item) for item in node.value])
        return Value(line=line, content=self._scalar(node))

    def _mapping(self, node: MappingNode) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._report(line, "a key must be a word")
                continue
            key = key_node.value
            if key in values:
                self._report(line, f"{key}: duplicate key; it stands on line {values[key].line} already")
            values[key] = self.read(value_node, line)
        return values

    def _scalar(self, node: Any) -> Any:
        line, kind = node.start_mark.line + 1, node.tag.removeprefix("tag:yaml.org,2002:")
        if kind in ("str", "timestamp"):
            return node.value
        if kind not in ("null", "bool", "int", "float"):
            return self._report(line, f"tag {node.tag}: only plain values are allowed")
        try:
            value = self.constructor.construct_object(node)
        except ValueError:  # an integer of thousands of digits
            value = math.inf
        if isinstance(value, float) and not math.isfinite(value):
            return self._report(line, f"{node.value[:40]} is not a finite number")
        return value

    def _report(self, line: int, text: str) -> None:
        self.problems.append(Problem(source=self.source, line=line, text=text))


def _syntax_problem(error: YAMLError, text: str, source: str) -> Problem:
    line, reason = 1, "cannot be read as YAML"
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        reason = error.problem or error.context or reason
    elif (position := getattr(error, "position", None)) is not None:
        line = text[:position].count("\n") + 1
        reason = f"the character {error.character!r} is not allowed"  # type: ignore[attr-defined]
    lines = text.splitlines()
    has_tab = line <= len(lines) and "\t" in lines[line - 1]
    return Problem(
        source=source, line=line, text=f"not YAML: {reason}" + ("; use spaces, no tabs" if has_tab else "")
    )


def dump(value: Any) -> str:
    """Return a plain value as YAML on one line."""
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(dump, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{dump(key)}: {dump(item)}" for key, item in value.items()) + "}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _dump_text(value) if isinstance(value, str) else repr(value)


def _dump_text(text: str) -> str:
    looks_plain = re.fullmatch(r"([A-Za-z_/]|\.{1,2}/)[\w./-]*", text, re.ASCII)
    if looks_plain and YAML(typ="safe", pure=True).compose(text).tag == "tag:yaml.org,2002:str":
        return text
    return json.dumps(text, ensure_ascii=False)
