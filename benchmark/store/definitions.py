"""The code that classes and functions rest on: definitions, wherever they stand.

A definition is a statement at the top of a module that binds a name: a class, a function, a constant, an import. It
rests on the definitions whose names it mentions, in its own module and, through imports, in others of the project. A
module that holds anything else (`if`, `try`, `from x import *`, a name bound twice) is one definition. Neither the
module nor the order counts, so that a moved definition is the same and an added one is nobody's; and comments,
docstrings, blank lines and the places in import statements do not count either.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from benchmark.store.import_targets import Target, everything
from benchmark.store.parsed_module import Definition, module

rounds = 4  # of hashing: how many levels down a difference between equal texts is seen


def named(path: Path, name: str) -> Target:
    """Return a definition of a module; all of the module where it binds no such name."""
    content = module(path)
    return Target(path, name if name in content.named or name in content.imported else everything)


def hash_of(targets: Iterable[Target]) -> str:
    """Return a SHA-256 over definitions and all that they rest on.

    Each is hashed with the names that it mentions and what these stand for, over several rounds: which of two `f` it
    calls counts, and so does a constant that one of them reads, though all texts be equal.
    """
    found = closure(targets)
    digests = {one: _digest(one.text) for one in found}
    for _ in range(rounds):
        digests = {
            one: _digest(
                [one.text, sorted({(*mention, digests[other]) for mention, other in _rests_on(one)})]
            )
            for one in found
        }
    return _digest(sorted(digests.values()))


def closure(targets: Iterable[Target]) -> set[Definition]:
    """Return definitions and all that they rest on."""
    found: set[Definition] = set()
    waiting = [definition for target in targets for definition in _defined(target)]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += [other for _, other in _rests_on(current)]
            waiting += [other for target in module(current.path).always for other in _defined(target)]
    return found


@functools.cache
def _rests_on(definition: Definition) -> tuple[tuple[tuple[str, str], Definition], ...]:
    """Return what each of its mentions stands for; an import inside of it that it never mentions counts whole."""
    content, found = module(definition.path), []
    known = {name for name, _ in definition.mentions}
    unmentioned = {name for name, _ in definition.imports if name not in known}
    for name, attribute in sorted(definition.mentions | {(name, "") for name in unmentioned}):
        inner = [target for local, target in definition.imports if local == name]
        meant = [*content.named.get(name, ())]
        for target in (*inner, *content.imported.get(name, ())):
            meant += _defined(target if target.name or not attribute else named(target.path, attribute))
        found += [((name, attribute), other) for other in meant]
    return tuple(found)


def _defined(target: Target, seen: frozenset[Target] = frozenset()) -> list[Definition]:
    """Return the definitions that a target means, also where its module has them from another one."""
    if target in seen:
        return []
    content = module(target.path)
    if content.whole:
        return [content.whole]
    is_all = target.name in ("", everything)
    names = [*content.named, *content.imported] if is_all else [target.name]
    found = [definition for name in names for definition in content.named.get(name, ())]
    for name in names:
        for other in content.imported.get(name, ()):
            found += _defined(other, seen | {target})
    return found


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
