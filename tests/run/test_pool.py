"""Which tasks go to a worker together."""

from __future__ import annotations

from typing import Any

from benchmark.run.pool import LocalPool, Task, _Worker, n_tries


def handed_out(labels: str, n_workers: int, *, busy: int = 0, dead: tuple[int, ...] = ()) -> list[list[int]]:
    """Return the tasks that workers without work get, one worker after the other; a blank is no label."""
    pool = LocalPool(head={}, n_workers=n_workers - busy)
    pool._deaths.update(dict.fromkeys(dead, n_tries - 1))
    ready = [Task(id=number, message={}, label=label.strip() or None) for number, label in enumerate(labels)]
    given = []
    for _ in range(n_workers - busy):
        chosen = pool._chosen(ready) if ready else {}
        ready = [task for task in ready if task.id not in chosen]
        pool.n_workers -= 1  # as if it were busy
        given.append(list(chosen))
    return given


def test_tasks_of_one_label_go_together() -> None:
    assert handed_out("aaaa", 1) == [[0, 1, 2, 3]]
    assert handed_out("abab", 1) == [[0, 2]]


def test_tasks_without_a_label_go_one_by_one() -> None:
    assert handed_out("    ", 2) == [[0], [1]]


def test_one_label_is_shared_among_the_workers_that_have_nothing_else() -> None:
    assert handed_out("aaaaa", 2) == [[0, 1, 2], [3, 4]]
    assert handed_out("aaaaaa", 4) == [[0, 1], [2, 3], [4], [5]]
    assert handed_out("aaaabbbb", 2) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert handed_out("aaaa ", 2) == [[0, 1, 2, 3], [4]]
    assert handed_out("aaaa", 2, busy=1) == [[0, 1, 2, 3]]


def beside_a_busy_worker(labels: str) -> list[int]:
    """Return the tasks that one of two workers gets while the other is at something."""
    nothing: Any = None
    busy = _Worker(process=nothing, stdin=nothing, tasks={-1: Task(id=-1, message={})})
    pool = LocalPool(head={}, n_workers=2, _workers=[busy])
    return list(pool._chosen([Task(id=number, message={}, label=one) for number, one in enumerate(labels)]))


def test_the_last_label_is_shared_with_a_worker_that_is_busy_still() -> None:
    assert beside_a_busy_worker("a" * 10) == [0, 1, 2, 3, 4]
    assert beside_a_busy_worker("a" * 10 + "b") == list(range(10)), "it will have another label to do"
    assert beside_a_busy_worker("a" * 9) == list(range(9)), "too few to be parted"


def test_more_than_twenty_go_in_parts_of_about_equal_size() -> None:
    (given,) = handed_out("a" * 45, 1)
    assert len(given) == 15


def test_a_task_that_is_tried_for_the_last_time_goes_alone() -> None:
    assert handed_out("aaaa", 1, dead=(0,)) == [[0]]
    assert handed_out("aaaa", 1, dead=(1,)) == [[0, 2, 3]]
