from __future__ import annotations

from typing import Any

import pytest

from benchmark.stats.claim import Claim, Scope

GOOD: dict[str, Any] = {
    "id": "S0.C1",
    "statement": "Something differs.",
    "source": "a test",
    "evidence": "read",
    "paper_value": "2.0",
    "reduce": lambda rows: 0.0,
    "direction": "greater",
    "smallest_effect": 0.1,
    "unit": "nats",
    "confirmatory": True,
}


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("id", ""),
        ("statement", " "),
        ("evidence", "hearsay"),
        ("direction", "up"),
        ("smallest_effect", 0.0),
        ("smallest_effect", -0.1),
        ("smallest_effect", float("nan")),
        ("bounds", (1.0, -1.0)),
        ("family", 0),
    ],
)
def test_a_bad_claim_fails_when_it_is_made_and_names_the_field(field: str, wrong: object) -> None:
    with pytest.raises(ValueError, match=field):
        Claim(**{**GOOD, field: wrong})


def test_an_identity_may_have_no_tolerance() -> None:
    assert Claim(**{**GOOD, "direction": "identity", "smallest_effect": 0.0}).corrected is False


def test_a_scope_is_made_of_tuples() -> None:
    with pytest.raises(ValueError, match="tuple"):
        Scope(data="digits")  # type: ignore[arg-type]
