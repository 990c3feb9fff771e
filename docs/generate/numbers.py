"""Numbers that people write: sentences whose numbers come from a record or from the code, and all other numbers.

A sentence is held against its page and, by `python -m docs.generate`, brought in step with it. Its words stay in the
page; here they only say where the number is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

placeholder = re.compile(r"\{(\w+)\}")
not_prose = re.compile(
    r"^```.*?^```$|<!--.*?-->|</?[a-zA-Z][^>]*>|`[^`]*`|(?<=\])\([^)]*\)|(?<=\d)\.(?=\s|$)",
    re.DOTALL | re.MULTILINE,
)
counts = "half|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
units = "seconds|minutes?|hours?|days?|weeks?|months?"
number = re.compile(
    rf"(?<![A-Za-z\d.])\d+(?:[.,]\d+)*"
    rf"|\b(?:(?:{counts})(?:\s+an?)?\s+(?:{units})|an?\s+(?:minute|hour|day|week))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence with measured numbers.

    Attributes:
        page: path in the repository.
        text: the words around the numbers, with {names} in their place; spaces and line ends count alike.
        values: from the root of the repository to the numbers, as they are written.
    """

    page: str
    text: str
    values: Callable[[Path], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Definition:
    """Numbers that nobody measured: what is written, as a pattern around the number, and why it needs no record."""

    pattern: str
    why: str


def filled(text: str, sentences: Sequence[Sentence], root: Path) -> str:
    """Return a page with the numbers of its sentences as the records have them; what no record has stays as it is.

    Raises:
        ValueError: for a sentence that does not stand in the page exactly once.
    """
    for sentence in sentences:
        try:
            values = sentence.values(root)
        except FileNotFoundError:
            continue
        found = place(text, sentence)
        for name in reversed(placeholder.findall(sentence.text)):
            if name in values and " ".join(found[name].split()) != values[name]:
                text = text[: found.start(name)] + values[name] + text[found.end(name) :]
    return text


def place(text: str, sentence: Sentence) -> re.Match[str]:
    """Return where a sentence stands, with its numbers as groups."""
    parts = placeholder.split(sentence.text)
    pattern = "".join(
        rf"(?P<{part}>.{{1,40}}?)" if i % 2 else r"\s+".join(map(re.escape, re.split(r"\s+", part)))
        for i, part in enumerate(parts)
    )
    hits = list(re.finditer(pattern, text, re.DOTALL))
    if len(hits) != 1:
        raise ValueError(
            f"{sentence.page} has {len(hits)} times the sentence {sentence.text!r}; expected one"
        )
    return hits[0]


def unexplained(text: str, sentences: Sequence[Sentence], definitions: Sequence[Definition]) -> Iterator[str]:
    """Yield every number of a page that no record and no definition stands for, with the words around it."""
    for sentence in sentences:
        found = place(text, sentence)
        for name in reversed(placeholder.findall(sentence.text)):
            text = text[: found.start(name)] + "#" + text[found.end(name) :]
    text = not_prose.sub(" ", text)
    for definition in definitions:
        text = re.sub(definition.pattern, "#", text)
    for hit in number.finditer(text):
        around = text[max(0, hit.start() - 40) : hit.end() + 30]
        yield f"{hit[0]!r} in {' '.join(around.split())!r}"
