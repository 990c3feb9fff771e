"""What differs in where two results come from."""

from __future__ import annotations

import json

from benchmark.store.workspace import Workspace
from tests.published.compare.two_results import held, results


def test_what_differs_in_where_they_come_from_is_named(workspace: Workspace) -> None:
    results(workspace, "a")
    results(workspace, "b", config={"epochs": 3})
    path = workspace.root / "b/example/provenance.json"
    content = json.loads(path.read_text())
    content["versions"]["torch"] = "9.9"
    path.write_text(json.dumps(content))
    facts = {one.fact: (one.a, one.b) for one in held(workspace, "a", "b").origins}
    assert facts["config.epochs"] == ("20", "3")
    assert facts["versions.torch"][1] == "9.9"
    assert "profile" not in facts
