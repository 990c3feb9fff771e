from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from benchmark.stats.claim import Claim, Leg, Scope

GOOD: dict[str, Any] = {
    "id": "S0.C1",
    "statement": "Something differs.",
    "source": "a test",
    "legs": (Leg(reduce=lambda rows: 0.0, direction="greater", smallest_effect=0.1, unit="nats"),),
}


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("id", ""),
        ("statement", " "),
        ("evidence", "hearsay"),
        ("legs", ()),
        ("family", 0),
    ],
)
def test_a_bad_claim_fails_when_it_is_made_and_names_the_field(field: str, wrong: object) -> None:
    with pytest.raises(ValueError, match=field):
        Claim(**{**GOOD, field: wrong})


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("unit", " "),
        ("direction", "up"),
        ("smallest_effect", 0.0),
        ("smallest_effect", -0.1),
        ("smallest_effect", float("nan")),
        ("bounds", (1.0, -1.0)),
    ],
)
def test_a_bad_leg_fails_when_it_is_made_and_names_the_field(field: str, wrong: Any) -> None:
    with pytest.raises(ValueError, match=field):
        dataclasses.replace(GOOD["legs"][0], **{field: wrong})


def test_an_identity_may_have_no_tolerance() -> None:
    exact = dataclasses.replace(GOOD["legs"][0], direction="identity", smallest_effect=0.0)
    assert Claim(**{**GOOD, "legs": (exact,)}).corrected is False


def test_a_scope_is_made_of_tuples() -> None:
    with pytest.raises(ValueError, match="tuple"):
        Scope(data="digits")  # type: ignore[arg-type]
