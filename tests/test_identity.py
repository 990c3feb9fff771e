"""An identity changes with the code that matters, and with nothing else."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from benchmark import identity
from benchmark.identity import bare_source, code_hash
from benchmark.measuring import given, place
from benchmark.store import Store
from benchmark.train import Bench
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


def test_closure_follows_imports_inside_functions_but_not_those_for_type_checking() -> None:
    root = Path(identity.__file__).parent
    closure = {path.relative_to(root).as_posix() for path in identity._closure(root / "training" / "sgd.py")}
    assert "training/trajectory.py" in closure and "streams.py" in closure
    assert "data/splits.py" not in closure
    assert not any(
        name.startswith(("measures/", "stats/", "report/")) or name == "landscape.py" for name in closure
    )


def test_identity_of_every_measure_covers_the_landscape_and_the_data() -> None:
    # measures are given a Trained without importing it: an edited Hessian product must not leave old numbers "cached"
    root = Path(identity.__file__).parent
    closure = {path.relative_to(root).as_posix() for file in given for path in identity._closure(file)}
    assert {
        "trained.py",
        "landscape.py",
        "weights.py",
        "streams.py",
        "data/task.py",
        "data/splits.py",
    } <= closure


def test_address_of_a_measure_changes_with_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(store=Store(Path("nowhere")), device="cpu", numerics={})
    record = {"weights_digest": "w", "data_digest": "d"}
    job = planned("batch_size_sharpness").jobs[0]
    before = place(job, [record], bench).identity
    bare = identity._bare_source

    def edited(path: Path) -> str:
        return bare(path) + ("\nedited = True" if path.name == "landscape.py" else "")

    monkeypatch.setattr(identity, "_bare_source", edited)
    identity._hash_of.cache_clear()
    after = place(job, [record], bench).identity
    identity._hash_of.cache_clear()
    assert before != after


def test_hash_depends_on_a_spec_defined_outside_the_package(tmp_path: Path) -> None:
    from benchmark.suite import SuiteFolder

    folder = tmp_path / "mine"
    folder.mkdir()
    text = (
        (Path(__file__).parent / "faults" / "tiny_suite" / "suite.py")
        .read_text()
        .replace("tiny_suite", "mine")
    )
    (folder / "suite.py").write_text(text)
    first = code_hash([type(SuiteFolder(path=folder).suite.profiles["ci"])])
    (folder / "suite.py").write_text(text.replace("width=16", "width=17"))
    for cached in (identity._bare_source, identity._hash_of):
        cached.cache_clear()
    assert code_hash([type(SuiteFolder(path=folder).suite.profiles["ci"])]) != first


def test_threads_are_one_unless_asked_otherwise_and_part_of_the_identity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LOSSBENCH_THREADS", raising=False)
    one = identity.numerics("cpu")
    assert one["threads"] == 1
    monkeypatch.setenv("LOSSBENCH_THREADS", "2")
    assert identity.numerics("cpu") == {**one, "threads": 2}
