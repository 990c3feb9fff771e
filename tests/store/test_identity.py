"""An identity changes with the code that matters, and with nothing else."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.cells.training.sgd import SGD
from benchmark.landscape.trained import Trained
from benchmark.run.bench import Bench
from benchmark.run.measuring import place
from benchmark.store import definitions, identity, import_targets, parsed_module
from benchmark.store.bare_source import bare_source
from benchmark.store.identity import code_hash
from benchmark.store.run_store import Store
from benchmark.suite.code import classes_of, code_of_run, code_of_suite
from benchmark.suite.folder import SuiteFolder, available
from tests import root
from tests.code import forget_code
from tests.suites.manifest import planned

source = '''
"""Module docstring."""
import math  # why

class A:
    """Docstring over
    two lines."""

    def f(self, x):
        "one line"; y = f"{x!r:>{10}}"  # a comment with "quotes"
        return y + "# no comment" + """no
docstring"""
'''


def test_comments_docstrings_and_blank_lines_do_not_count() -> None:
    edited = source.replace("# why", "# because").replace(
        "Docstring over\n    two lines.", "Other.\n\n    Text."
    )
    edited = edited.replace("class A:", "\n\n\nclass A:   ").replace("Module docstring.", "Ümläute.")
    assert bare_source(edited) == bare_source(source)


def test_everything_else_counts() -> None:
    for old, new in (
        ("x!r", "x!s"),
        ("# no comment", "# comment"),
        ("no\ndocstring", "a\ndocstring"),
        ("math", "cmath"),
    ):
        assert bare_source(source.replace(old, new)) != bare_source(source)


def test_bare_source_is_the_same_in_every_python() -> None:
    bare = bare_source(source)
    assert bare == textwrap.dedent('''\
        import math
        class A:
            def f(self, x):
                ; y = f"{x!r:>{10}}"
                return y + "# no comment" + """no
        docstring"""''')


def names_in(*items: object) -> set[str]:
    """Return `module: name` of every definition that items rest on."""
    found = definitions.closure(identity.definition_of(item) for item in items)
    return {
        f"{one.path.stem}: {name}"
        for one in found
        for name, group in parsed_module.module(one.path).named.items()
        if one in group
    }


def test_a_training_rests_on_what_it_uses_and_on_nothing_else() -> None:
    found = names_in(SGD)
    assert {
        "trajectory: Trajectory",
        "lanes: Lanes",
        "stacked_layers: StackedLinear",
        "sgd_update: SGDUpdate",
        "streams: derive_seed",
    } <= found
    assert not {one.partition(":")[0] for one in found} & {"splits", "loss", "measure", "rule", "page"}
    assert "adam_update: AdamUpdate" not in found


def test_every_measure_rests_on_the_landscape_and_the_data() -> None:
    # measures are given a Trained without importing it: an edited Hessian product must not leave old numbers "cached"
    found = names_in(Trained)
    assert {
        "loss: Landscape",
        "curvature: hessian_product",
        "weights: flatten",
        "streams: derive_seed",
        "task: Task",
        "splits: Splits",
    } <= found


def test_address_of_a_measure_changes_with_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(store=Store(Path("nowhere")), device="cpu", numerics={})
    record = {"weights_digest": "w", "data_digest": "d"}
    job = planned("batch_size_sharpness").jobs[0]
    before = place(job, [record], bench).identity
    text = parsed_module.source

    def edited(path: Path) -> str:
        return text(path).replace("class Landscape", "edited = True\n\n\nclass Landscape")

    def used(path: Path) -> str:
        return edited(path).replace("class Landscape:", "class Landscape:\n    also = edited\n")

    for read, is_other in ((edited, False), (used, True)):
        with monkeypatch.context() as patch:
            patch.setattr(parsed_module, "source", read)
            forget_code()
            assert (place(job, [record], bench).identity != before) is is_other
    forget_code()


@pytest.mark.parametrize("name", available(root / "suites"))
def test_what_is_added_to_any_file_retrains_and_measures_nothing_again(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, text = planned(name), parsed_module.source
    numerics = identity.numerics("cpu")

    def code() -> tuple[str, object]:
        forget_code()
        return code_of_run(plan, numerics), code_of_suite(plan)

    before = code()
    with monkeypatch.context() as patch:
        patch.setattr(parsed_module, "source", lambda path: text(path) + ADDED)
        assert code() == before
        patch.setattr(parsed_module, "source", lambda path: text(path) + "\n\nprint()\n")
        assert code() != before
    forget_code()


ADDED = """

import colorsys


@dataclass
class AnotherOptimizer(SGD):
    lr: float = 0.1


def another_layer(x):
    return colorsys.hls_to_rgb(*x), SGD, require_count
"""


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


@pytest.mark.parametrize("name", ["network", "begin", "_load"])
def test_initial_weights_count_for_every_cell(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cell, text = planned("width").cells[0], parsed_module.source
    before = code_hash(classes_of(cell))

    def edited(path: Path) -> str:
        return (
            text(path).replace(f"def {name}(", f"def {name}(edited, ")
            if path.name == "begin.py"
            else text(path)
        )

    with monkeypatch.context() as patch:
        patch.setattr(parsed_module, "source", edited)
        forget_code()
        assert code_hash(classes_of(cell)) != before
    forget_code()


def test_hash_depends_on_a_spec_defined_outside_the_package(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    text = (root / "tests" / "faults" / "tiny_suite" / "suite.py").read_text().replace("tiny_suite", "mine")
    (folder / "suite.py").write_text(text)
    first = code_hash([type(SuiteFolder(path=folder).suite.profiles["ci"])])
    (folder / "suite.py").write_text(text.replace("steps: int = 60", "steps: int = 61"))
    forget_code()
    assert code_hash([type(SuiteFolder(path=folder).suite.profiles["ci"])]) != first


def test_threads_are_one_unless_asked_otherwise_and_part_of_the_identity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LOSSBENCH_THREADS", raising=False)
    one = identity.numerics("cpu")
    assert one["threads"] == 1
    monkeypatch.setenv("LOSSBENCH_THREADS", "2")
    assert identity.numerics("cpu") == {**one, "threads": 2}
