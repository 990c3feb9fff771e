"""Every cell of ci may stand in a regression check: the twins that were trained with the baseline say so."""

from __future__ import annotations

import json

import pytest

from benchmark.published.check.twins import farthest, farthest_measure
from tests import root
from tests.suites.manifest import path

manifest = json.loads(path.read_text())
baseline = root / "reports" / "baseline" / "results"
published_suites = sorted(path.parent.name for path in baseline.glob("*/provenance.json"))
n_seeds = 10


@pytest.mark.parametrize("suite", published_suites)
def test_no_cell_of_the_baseline_amplifies_rounding(suite: str) -> None:
    published = baseline / suite
    twins = json.loads((published / "twins.json").read_text())
    provenance = json.loads((published / "provenance.json").read_text())
    assert (twins["code"], twins["precision"], len(twins["seeds"])) == (
        provenance["code"],
        "float64",
        n_seeds,
    )
    assert {cell["key"] for cell in twins["cells"]} >= set(manifest[suite]["cells"])
    for cell in twins["cells"]:
        assert cell["distance"] <= farthest, cell["name"]
        assert cell["status"] == cell["twin_status"] == "done", cell["name"]
        assert cell["n_steps"] == cell["twin_steps"], cell["name"]
    assert set(twins["measures"]) >= set(manifest[suite]["measures"])
    assert max(twins["measures"].values()) <= farthest_measure
