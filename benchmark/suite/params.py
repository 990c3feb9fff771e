"""What a user turns: params.yaml and `--set`, checked against the suites' Configs, every problem reported at once."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.suite.config import convert, describe, field_types, nearest, shown
from benchmark.suite.folder import available, find
from benchmark.suite.profiles import profiles
from benchmark.suite.suite import Suite
from benchmark.suite.yaml_text import Faulty, Problem, Value, parse

device_pattern = re.compile(r"auto|cpu|cuda(:\d+)?")
most_seeds = 10_000


class ParamsError(Faulty):
    """Bad settings; one line for each problem."""


@dataclass(frozen=True, kw_only=True)
class Params:
    """The content of params.yaml.

    Attributes:
        profile: one of `benchmark.suite.profiles.profiles`.
        data: folder of data sets, relative to the workspace.
        device: "auto", "cpu", "cuda" or "cuda:N".
        suites: for every suite the fields of its Config that the user has set.
    """

    profile: str = "ci"
    data: str = "data"
    device: str = "auto"
    suites: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read(path: Path, suites_dir: Path, *, obsolete_nulls: bool = False) -> Params:
    """Return the checked content of params.yaml; a file that is absent says nothing, so everything is as by default.

    Args:
        path: the file.
        suites_dir: the folder of the suites that its keys name.
        obsolete_nulls: let pass keys that no longer exist as long as they set nothing.

    Raises:
        ParamsError: naming every problem with its line.
    """
    try:
        root = parse(path.read_text(encoding="utf-8"), path.name)
    except FileNotFoundError:
        return Params()
    except UnicodeDecodeError as error:
        raise ParamsError(
            [Problem(source=path.name, text=f"is not UTF-8 text (byte {error.start})")]
        ) from None
    except Faulty as error:
        raise ParamsError(list(error.problems)) from None
    check = _Check(source=path.name, obsolete_nulls=obsolete_nulls)
    params = check.params(root, known_suites(suites_dir))
    check.finish()
    return params


def known_suites(suites_dir: Path) -> dict[str, Suite | None]:
    """Return the suites of a folder by name; None for one that cannot be imported, of which its own run tells."""
    suites: dict[str, Suite | None] = {}
    for name in available(suites_dir):
        try:
            suites[name] = find(name, suites_dir).suite
        except Exception:  # whatever a half-written suite.py raises must not stop the other suites
            suites[name] = None
    return suites


def resolve(suite: Suite, *, profile: str, overrides: Mapping[str, Any]) -> Any:
    """Return the suite's Config for a profile with some of its fields replaced.

    Raises:
        ParamsError: when there is no such profile, or the Config refuses the values.
    """
    check = _Check(source=suite.name)
    check.choice("profile", Value(line=0, content=profile), tuple(suite.profiles))
    check.finish()
    try:
        return dataclasses.replace(suite.profiles[profile], **overrides)
    except ValueError as error:
        raise ParamsError(
            [Problem(source=suite.name, text=text) for text in str(error).splitlines()]
        ) from None


def assignments(texts: Collection[str], suite: Suite) -> dict[str, Any]:
    """Return the checked fields of `--set key=value` options; the value is YAML.

    Raises:
        ParamsError: naming every problem.
    """
    check = _Check(source="--set")
    fields: dict[str, Value] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            check.report(0, f"{text!r} has no '='; write key=value, for example seeds=[0, 1]")
            continue
        try:
            fields[key.strip()] = Value(line=0, content=parse(value, f"--set {key}").content)
        except Faulty as error:
            check.problems.extend(error.problems)
    values = check.fields("", fields, suite, nulls_count=True)
    check.finish()
    return values


def seeds(text: str) -> tuple[int, ...]:
    """Return the seeds in `0-9`, `3`, `0,1,2` or a mixture.

    Raises:
        ParamsError: when it is none of these.
    """
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})(?:-(\d{1,9}))?\s*", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not first <= last < first + most_seeds:
            raise ParamsError([Problem(source="--seeds", text=f"{text!r}: write 0-9, 3 or 0,1,2")])
        found.extend(range(first, last + 1))
    return tuple(dict.fromkeys(found))


@dataclass(kw_only=True)
class _Check:
    """Checks one source of settings and collects its problems."""

    source: str
    obsolete_nulls: bool = False
    problems: list[Problem] = field(default_factory=list)

    def report(self, line: int, text: str) -> None:
        self.problems.append(Problem(source=self.source, line=line, text=text))

    def unknown(self, name: str, value: Value, known: Collection[str]) -> None:
        if not (self.obsolete_nulls and _sets_nothing(value.plain)):
            self.report(value.line, f"{name}: unknown key{nearest(name.rpartition('.')[2], known)}")

    def finish(self) -> None:
        if self.problems:
            raise ParamsError(self.problems)

    def params(self, root: Value, suites: Mapping[str, Suite | None]) -> Params:
        checks: dict[str, Callable[[Value], Any]] = {
            "profile": lambda value: self.choice("profile", value, profiles),
            "data": lambda value: self.text("data", value, re.compile(r"[^\0]+"), "the path of a folder"),
            "device": lambda value: self.text("device", value, device_pattern, "auto, cpu, cuda or cuda:1"),
            "suites": lambda value: self.suites(value, suites),
        }
        values = {}
        for key, value in self.mapping("the file", root).items():
            if key in checks:
                values[key] = checks[key](value)
            else:
                self.unknown(key, value, checks)
        params = Params(**{key: value for key, value in values.items() if value is not None})
        if not self.problems:
            self.configs(root, params, suites)
        return params

    def mapping(self, name: str, value: Value) -> dict[str, Value]:
        if value.content is None or isinstance(value.content, dict):
            return value.content or {}
        self.report(value.line, f"{name}: expected keys with values, got {shown(value.plain)}")
        return {}

    def choice(self, name: str, value: Value, choices: Collection[str]) -> str | None:
        if value.plain in choices:
            return str(value.plain)
        hint = nearest(value.plain, choices)
        self.report(
            value.line, f"{name}: expected one of {', '.join(choices)}, got {shown(value.plain)}{hint}"
        )
        return None

    def text(self, name: str, value: Value, pattern: re.Pattern[str], expected: str) -> str | None:
        if isinstance(value.plain, str) and pattern.fullmatch(value.plain):
            return value.plain
        self.report(value.line, f"{name}: expected {expected}, got {shown(value.plain)}")
        return None

    def suites(self, value: Value, suites: Mapping[str, Suite | None]) -> dict[str, dict[str, Any]]:
        checked = {}
        for name, fields in self.mapping("suites", value).items():
            if name not in suites:
                self.unknown(f"suites.{name}", fields, suites)
            elif (suite := suites[name]) is not None:
                checked[name] = self.fields(f"suites.{name}", self.mapping(f"suites.{name}", fields), suite)
        return checked

    def fields(
        self, prefix: str, fields: Mapping[str, Value], suite: Suite, *, nulls_count: bool = False
    ) -> dict[str, Any]:
        kinds = field_types(suite)
        checked = {}
        for key, value in fields.items():
            name = f"{prefix}.{key}".removeprefix(".")
            if key not in kinds:
                self.unknown(name, value, kinds)
            elif value.content is not None or nulls_count:
                checked[key] = self.typed(name, value, kinds[key])
        return checked

    def typed(self, name: str, value: Value, kind: Any) -> Any:
        try:
            return convert(value.plain, kind)
        except ValueError:
            self.report(value.line, f"{name}: expected {describe(kind)}, got {shown(value.plain)}")

    def configs(self, root: Value, params: Params, suites: Mapping[str, Suite | None]) -> None:
        """Build every Config, so that what its `__post_init__` refuses is told with the line of the field."""
        for name, overrides in params.suites.items():
            suite, values = suites[name], root.content["suites"].content[name]
            if suite is None or not overrides:
                continue
            try:
                resolve(suite, profile=params.profile, overrides=overrides)
            except ParamsError as error:
                for problem in error.problems:
                    named = [key for key in overrides if re.search(rf"\b{key}\b", problem.text)]
                    line = values.content[named[0]].line if named else values.line
                    self.report(line, f"suites.{name}: {problem.text}")


def _sets_nothing(value: Any) -> bool:
    return all(map(_sets_nothing, value.values())) if isinstance(value, dict) else value is None
