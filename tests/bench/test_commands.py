"""Commands as contenders: workers, starts, and what is made of their times."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import workers
from bench.command_line import contender, output, surroundings
from bench.method import Row, cpu_seconds, least_ratio
from tests.mutants import Mutant, red_with


def test_a_command_that_fails_ends_the_benchmark_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"ended with 3: what is wrong"):
        output([sys.executable, "-c", "import sys; print('what is wrong'); sys.exit(3)"], tmp_path)


def test_a_command_sees_nothing_of_the_users_own_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOSSBENCH_RUNS", "/elsewhere")
    assert "LOSSBENCH_RUNS" not in surroundings() and surroundings(A="b")["A"] == "b"


def test_a_wrong_output_is_an_error() -> None:
    texts = iter(["right", "wrong"])
    one = contender("one", lambda: next(texts), is_right=lambda text: text == "right")
    assert [one.error([one.solve(0)]) for _ in range(2)] == [0.0, 1.0]


@red_with(Mutant(workers.alike, "text == said[0]", "True"))
def test_other_bytes_than_the_first_are_an_error() -> None:
    one, other = workers.alike({"one": lambda: "a", "other": lambda: "b"})
    assert [each.error([each.solve(0)]) for each in (one, other, one)] == [0.0, 1.0, 0.0]


def test_a_process_that_ended_counts(tmp_path: Path) -> None:
    before = cpu_seconds()
    output([sys.executable, "-c", "sum(range(10**6))"], tmp_path)
    assert cpu_seconds() > before


def row(name: str, wall: list[float]) -> Row:
    return Row(contender=contender(name, str), wall=wall)


@red_with(Mutant(least_ratio, "least[rows[0].contender.name] / least[other]", "least[other]"))
def test_ratios_are_of_least_times() -> None:
    assert least_ratio([row("ours", [3.0, 2.0]), row("other", [4.0, 5.0])], "other") == 0.5


@red_with(Mutant(workers.fixed_cost, "/ n_more", "/ 1"))
def test_the_fixed_cost_is_that_of_a_cell_more_without_its_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "least_time", lambda work, n_repeats: 0.005)
    cost, training = workers.fixed_cost([row("40 cells", [2.0]), row("4 cells", [1.1])], n_more=36)
    assert (cost.value, training.value) == pytest.approx((20.0, 5.0))


@pytest.mark.slow
def test_workers_leave_equal_bytes(tmp_path: Path) -> None:
    place = tmp_path / "workspace"
    output(["lossbench", "init", str(place)], tmp_path)
    first, second = (workers.records(place, n_seeds=2, epochs=1, n_workers=n) for n in (1, 2))
    assert first == second and not (place / "out").exists()
