"""What the guide says of other machines was held against the baseline that is published, and nothing differed."""

from __future__ import annotations

import json

import pytest

from bench.machines import baseline_digest
from bench.results import folder

found = json.loads((folder / "machines.json").read_bytes())["machines"]


def test_there_are_six_machines_and_two_versions_of_torch() -> None:
    assert len(found) >= 6
    assert len({one["torch"] for one in found}) == 2
    different = {json.dumps(one["suites"], sort_keys=True) for one in found}
    assert len(different) == len(found), "settings that change no bit are no other machine"


@pytest.mark.parametrize("one", found, ids=[one["name"] for one in found])
def test_nothing_differs_there(one: dict[str, object]) -> None:
    assert one["against"] == baseline_digest(), "held against another baseline: python -m bench.machines"
    suites = one["suites"]
    assert isinstance(suites, dict)
    for name, compared in suites.items():
        assert (compared["n_different"], compared["verdicts"], compared["swept"]) == (0, {}, []), name
