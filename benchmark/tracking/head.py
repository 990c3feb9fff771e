"""What a parent run in MLflow stands for: a run of a suite, or the study of one arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DataSets = Mapping[str, Mapping[str, Any]]  # name -> digest, source, kind, ...


@dataclass(frozen=True, kw_only=True)
class Head:
    """A parent run, before it has children.

    Attributes:
        id: equal for runs that ask for the same thing of the same code; they share one parent.
        experiment: name of the MLflow experiment.
        name: of the run.
        started: milliseconds since 1970; None for now.
        kind: "suite" or "study"; a tag.
        child: what its children are, "cell" or "trial"; their tag `kind`, and the tag that holds their key.
        tags: of the parent and of its children.
        own_tags: of the parent alone.
        question: what the suite asks; the experiment's description.
        data: the data sets of the parent.
    """

    id: str
    experiment: str
    name: str
    started: int | None
    kind: str
    child: str
    tags: Mapping[str, str]
    own_tags: Mapping[str, str] = field(default_factory=dict)
    question: str = ""
    data: DataSets = field(default_factory=dict)
