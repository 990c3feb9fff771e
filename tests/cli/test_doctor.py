"""What the doctor finds."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command_line import Lossbench


def test_doctor_finds_what_is_wrong(lossbench: Lossbench, workspace: Path) -> None:
    code, out, _ = lossbench("doctor", "--json")
    assert code == 0
    assert {"python", "packages", "device", "params.yaml"} <= {finding["what"] for finding in json.loads(out)}
    (workspace / "params.yaml").write_text("profile: [")
    assert lossbench("doctor")[0] == 1
