"""Which of a measure's labels the figures on batch size show."""

from __future__ import annotations

import pytest

from benchmark.results import records
from suites.batch_size_sharpness.claims import keskar_full
from suites.batch_size_sharpness.figures import rows
from tests import root
from tests.mutants import Mutant, red_with


@red_with(Mutant(rows, 'label.count("=")', "0"))
def test_keskar_sharpness_is_shown_in_the_full_space_as_its_first_claim_has_it() -> None:
    table = records.read(
        root / "reports" / "baseline" / "results" / "batch_size_sharpness" / "records.parquet"
    )
    shown = rows(table, "keskar_sharpness")
    (label,) = shown["label"].unique()
    assert "subspace" not in label
    meant = keskar_full.fixed(table).rows(table)
    meant = meant[meant["arm"] == "matched_loss"]
    assert list(shown["value"]) == pytest.approx(list(meant["value"]))
