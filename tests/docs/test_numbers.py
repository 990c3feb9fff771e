"""Every number in the README and the guide comes from a record, from the code, or is a definition with a reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from docs.generate.numbers import Definition, Sentence, filled, place, unexplained
from docs.generate.sentences import definitions, repro, sentences
from docs.generate.spelled_numbers import about, mega
from tests import root
from tests.docs.examples import pages
from tests.mutants import Mutant, red_with

written = [Path("README.md"), *(path.relative_to(root) for path in pages())]


@pytest.mark.parametrize("sentence", sentences, ids=[f"{s.page}: {s.text[:40]}" for s in sentences])
def test_a_sentence_has_the_numbers_of_its_record(sentence: Sentence) -> None:
    text = (root / sentence.page).read_text(encoding="utf-8")
    said, values = place(text, sentence).groupdict(), sentence.values(root)
    shown = {name: " ".join(number.split()) for name, number in said.items()}
    assert shown == {name: values[name] for name in shown}, "bring it in step: python -m docs.generate"


@pytest.mark.parametrize("page", written, ids=map(str, written))
def test_no_number_stands_without_a_record_or_a_reason(page: Path) -> None:
    found = loose(page, definitions)
    assert not found, f"{page}: name the record in docs/generate/sentences.py, or say why none: {found}"


def test_every_definition_is_needed_and_says_why() -> None:
    for definition in definitions:
        others = [other for other in definitions if other is not definition]
        assert definition.why
        assert any(loose(page, others) for page in written), (
            f"{definition.pattern!r} explains nothing; remove it"
        )


def loose(page: Path, known: Sequence[Definition]) -> list[str]:
    """Return the numbers of a page that nothing stands for, what is generated from published records left out."""
    before, _, rest = (root / page).read_text(encoding="utf-8").partition("<!-- example:")
    text = before + rest.partition("<!-- end of example -->")[2]
    own = [sentence for sentence in sentences if sentence.page == page.as_posix()]
    return list(unexplained(text, own, known))


claim = Sentence(
    page="page.md", text="It takes {time} on {n} cores.", values=lambda root: {"time": "4 s", "n": "2"}
)


@red_with(Mutant(filled, "values[name] + text", "found[name] + text"))
def test_numbers_are_brought_in_step_and_words_stay() -> None:
    assert (
        filled("So: It takes\n9 s on 16\ncores. Fine.", [claim], Path())
        == "So: It takes\n4 s on 2\ncores. Fine."
    )


def test_a_sentence_that_is_gone_or_stands_twice_is_an_error() -> None:
    for text in ("It is fast.", "It takes 1 s on 2 cores. It takes 1 s on 2 cores."):
        with pytest.raises(ValueError, match=r"expected one"):
            filled(text, [claim], Path())


def test_a_number_that_nothing_stands_for_is_found() -> None:
    def found(text: str) -> list[str]:
        return [line.partition(" in ")[0] for line in unexplained(text, [], names)]

    names = [Definition(pattern=r"\bVGG-9\b", why="a name")]
    assert found("VGG-9 is 3.4 times as fast, in half a minute or two hours, at 12,000 steps.") == [
        "'3.4'", "'half a minute'", "'two hours'", "'12,000'",
    ]  # fmt: skip
    assert not found(
        '`5 s`, [five](x-5.md), <img width="420">, <!-- 3 s -->\n```bash\nsleep 5\n```\nA second run.'
    )
    assert found("p <= 0.05, and 2 > 1") == ["'0.05'", "'2'", "'1'"]


def test_times_and_sizes_are_said_as_people_say_them() -> None:
    assert [about(s) for s in (12, 31, 70, 232, 5400)] == [
        "about 12 seconds", "about half a minute", "about a minute", "about four minutes", "about two hours",
    ]  # fmt: skip
    assert [mega(n) for n in (5.8e9, 148e6, 31e6)] == ["6 GB", "150 MB", "31 MB"]


def test_the_record_of_make_repro_is_read_as_it_is_written(tmp_path: Path) -> None:
    record: dict[str, Any] = {
        "n": 2,
        "provenance": {"machine": {"n_cpus": 2}},
        "seconds": {"set-up": [30.0, 34.0], "repro": [230.0, 250.0], "tests": [600.0]},
        "bytes": {".venv": 6.1e9, "everything else": 152e6},
    }
    (tmp_path / "bench/results").mkdir(parents=True)
    (tmp_path / "bench/results/repro.json").write_text(json.dumps(record))
    assert repro(tmp_path) == {
        "cores": "two",
        "setup": "about half a minute",
        "rest": "about four minutes",
        "venv": "6 GB",
        "kept": "150 MB",
    }


def test_a_number_that_a_record_does_not_have_stays_as_it_is() -> None:
    sentence = Sentence(
        page="x.md", text="it took {first} and {second}.", values=lambda root: {"first": "3 s"}
    )
    assert filled("it took 2 s and 9 s.", [sentence], Path()) == "it took 3 s and 9 s."
