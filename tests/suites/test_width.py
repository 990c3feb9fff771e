"""What only the suite on width has: its refusals, and the protocol of its wide networks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmark.suite.folder import find
from tests import root
from tests.suites.manifest import planned

ci = find("width", root / "suites").suite.profiles["ci"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"mlp_widths": (), "depths": (), "lrs": (), "weight_decays": ()},
            r"mlp_widths is \(\); give widths here",
        ),
        ({"optimizer": "adam"}, r"mup_widths is .*leave it empty with optimizer='adam'"),
        (
            {"optimizer": "adam", "mup_widths": (), "momentum": 0.9},
            r"momentum is 0.9; leave it at 0 with optimizer='adam'",
        ),
        ({"base_width": 32}, r"base_width is 32; .*take one of mlp_widths=\(4, 16, 64, 256\)"),
        ({"label_noise": 0.0}, r"label_noise is 0.0; give a share above 0"),
    ],
)
def test_a_config_names_the_field_that_is_wrong(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^Config\.{message}"):
        replace(ci, **changes)


def test_wide_networks_without_shortcuts_take_a_tenth_of_the_learning_rate() -> None:
    full = planned("width", "full")
    wide = {(cell.model.skip, cell.training.lr) for cell in full.cells if full.factors(cell)["arm"] == "wide"}
    assert wide == {(True, 0.1), (False, 0.01)}
