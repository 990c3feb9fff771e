"""An identity changes with the code that matters, and with nothing else."""

from __future__ import annotations

import textwrap
from pathlib import Path

from benchmark import identity
from benchmark.identity import bare_source, code_hash

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


def test_closure_of_a_measure_holds_the_landscape() -> None:
    root = Path(identity.__file__).parent
    closure = {
        path.relative_to(root).as_posix()
        for path in identity._closure(root / "measures" / "sam_sharpness.py")
    }
    assert "landscape.py" in closure or "trained.py" in closure


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
