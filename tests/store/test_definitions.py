"""Which definitions a definition rests on, in a project of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.store import definitions, import_targets
from tests.code import forget_code


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a project of its own: `rule.py` holds the spec `Rule`, which doubles by way of `arithmetic.py`."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "rule.py").write_text(RULE)
    (root / "arithmetic.py").write_text(ARITHMETIC)
    monkeypatch.setattr(import_targets, "project", root)
    forget_code()
    yield root
    forget_code()


RULE = """
from project.arithmetic import twice

class Rule:
    def apply(self, x):
        from project.arithmetic import once
        return once(twice(x))
"""
ARITHMETIC = """
import math

FACTOR = 2

def twice(x):
    return FACTOR * x

def once(x):
    return x

def halved(x):
    return math.ldexp(x, -1)
"""


def rests_on(*files: Path, name: str = "Rule") -> str:
    forget_code()
    return definitions.hash_of([import_targets.Target(file, name) for file in files])


def test_a_moved_definition_is_the_same(package: Path) -> None:
    before = rests_on(package / "rule.py")
    (package / "numbers").mkdir()
    (package / "numbers" / "doubling.py").write_text(ARITHMETIC.partition("def once")[0])
    (package / "arithmetic.py").write_text("\ndef once(x):\n    return x\n")
    moved = RULE.replace(
        "project.arithmetic import twice", "project.numbers.doubling import (\n    twice,\n)"
    )
    (package / "rule.py").write_text("from project.arithmetic import once\n" + moved)
    assert rests_on(package / "rule.py") == before
    (package / "numbers" / "doubling.py").write_text(ARITHMETIC.replace("FACTOR * x", "x * FACTOR"))
    assert rests_on(package / "rule.py") != before


def test_an_added_definition_is_nobodys(package: Path) -> None:
    before = rests_on(package / "rule.py")
    added = ARITHMETIC.replace("import math", "import math, cmath") + "\n\ndef thrice(x):\n    return 3 * x\n"
    (package / "arithmetic.py").write_text(added)
    (package / "other.py").write_text("from project.rule import Rule\n")
    assert rests_on(package / "rule.py") == before


@pytest.mark.parametrize(
    ("old", "new"),
    [("FACTOR = 2", "FACTOR = 3"), ("return x", "return +x"), ("import math", "import math\nmath.pi = 3")],
)
def test_a_constant_a_function_and_what_runs_at_import_count(package: Path, old: str, new: str) -> None:
    before = rests_on(package / "rule.py")
    (package / "arithmetic.py").write_text(ARITHMETIC.replace(old, new))
    assert rests_on(package / "rule.py") != before


def test_which_of_two_functions_of_one_name_is_called_counts(package: Path) -> None:
    both = "from project import arithmetic, other\n\nclass Rule:\n    both = arithmetic.once, other.once\n"
    calls = (
        RULE.replace("import once", "import once as f").replace("once(", "f(")
        + "\n\nclass Both(Rule):\n    x = {}\n"
    )
    (package / "other.py").write_text("\ndef once(x):\n    return -x\n")
    (package / "both.py").write_text(both)
    found = []
    for name in ("arithmetic", "other"):
        (package / "rule.py").write_text(calls.replace("arithmetic import once", f"{name} import once"))
        found.append(rests_on(package / "rule.py", package / "both.py"))
    assert found[0] != found[1]


def test_of_a_module_under_its_own_name_what_is_read_of_it_counts(package: Path) -> None:
    halved = ARITHMETIC.replace("-1", "-2")
    for mention, counts in (
        ("arithmetic.once", False),
        ("arithmetic.halved", True),
        ("vars(arithmetic)", True),
    ):
        rule = f"from project import arithmetic\n\nclass Rule:\n    f = {mention}\n"
        (package / "rule.py").write_text(rule)
        (package / "arithmetic.py").write_text("from project.rule import Rule\n" + ARITHMETIC)  # a circle
        before = rests_on(package / "rule.py")
        (package / "arithmetic.py").write_text("from project.rule import Rule\n" + halved)
        assert (rests_on(package / "rule.py") != before) is counts


OTHERS = {
    "a star": ("from project.arithmetic import *", "twice(1)"),
    "a function made under a condition": ("from project.chosen import f", "f(1)"),
    "an import under a condition": ("if True:\n    from project.arithmetic import twice", "twice(1)"),
    "an import that may fail": (
        "try:\n    from project.arithmetic import twice\nexcept ImportError:\n    twice = None", "twice(1)",
    ),
    "an import for its effect": ("import project.arithmetic", "1"),
    "a module by its dotted name": ("import project.arithmetic", "project.arithmetic.twice(1)"),
    "an import in a class": ("", "Rule.twice"),
    "a registered function": ("from project.registry import TABLE", "TABLE"),
    "a package": ("from project import inner", "inner.deep.f"),
}  # fmt: skip


@pytest.mark.parametrize("way", OTHERS)
def test_a_constant_counts_whatever_way_it_is_reached(way: str, package: Path) -> None:
    head, use = OTHERS[way]
    body = "    from project.arithmetic import twice\n" if way == "an import in a class" else ""
    (package / "rule.py").write_text(f"{head}\n\nclass Rule:\n{body}    def f(self):\n        return {use}\n")
    (package / "chosen.py").write_text(
        "if True:\n    from project.arithmetic import FACTOR\n    def f(x):\n        return FACTOR\n"
    )
    (package / "registry.py").write_text(
        "from project.arithmetic import twice\n\nTABLE = {}\nTABLE['f'] = twice\n"
    )
    (package / "inner").mkdir()
    (package / "inner" / "deep.py").write_text(
        "from project.arithmetic import FACTOR\n\ndef f():\n    return FACTOR\n"
    )
    before = rests_on(package / "rule.py")
    (package / "arithmetic.py").write_text(ARITHMETIC.replace("FACTOR = 2", "FACTOR = 3"))
    assert rests_on(package / "rule.py") != before


def test_constants_below_equal_texts_and_swapped_names_count(package: Path) -> None:
    for name, constant in (("one", 2), ("two", 3)):
        (package / f"{name}.py").write_text(f"F = {constant}\n\ndef f():\n    return F\n")
    rule = "from project.one import f as low\nfrom project.two import f as high\n\nclass Rule:\n    both = low, high\n"
    (package / "rule.py").write_text(rule)
    before = rests_on(package / "rule.py")
    (package / "rule.py").write_text(
        rule.replace("one import", "x import").replace("two", "one").replace("x import", "two import")
    )
    assert rests_on(package / "rule.py") != before
