"""Source without what computes nothing."""

from __future__ import annotations

import textwrap

from benchmark.store.bare_source import bare_source

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
