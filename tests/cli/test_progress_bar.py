"""Progress where there is no terminal."""

from __future__ import annotations

import pytest

from benchmark.cli.progress_bar import progress
from benchmark.run import events


def test_progress_without_a_terminal_is_a_few_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as show:
        for done in range(1, 101):
            show(
                events.Event(
                    kind="cell", n_done=done, n_total=100, text=f"cell {done}", seconds_left=100.0 - done
                )
            )
        show(events.Event(kind="failed", n_done=100, n_total=100, text="cell 7: why", seconds_left=0.0))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "1/100  2 min left  cell 1"
    assert lines[-2:] == ["100/100  0 s left  cell 100", "100/100  0 s left  failed  cell 7: why"]
    assert len(lines) == 3
