"""Run tasks in worker processes. Results travel through the store, never through the pool."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from benchmark.store.identity import n_threads

Answer = dict[str, Any]
n_tries = 3  # a task whose worker died (killed, out of memory) is tried this often before it counts as failed
most_together = 20  # tasks of one label in a message
fewest_together = 5  # of them, where they are parted for a worker that has yet to end something else
busy_pause = 0.5  # seconds until a task is offered again that another process was at


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something to do, once the tasks in `needs` have ended (well or not).

    Attributes:
        id: number of the task.
        message: what the worker is told.
        needs: ids of tasks that must have ended before.
        rank: tasks of low rank are started first.
        label: tasks of one label may be given to a worker in one message, which then does them together.
    """

    id: int
    message: Mapping[str, Any]
    needs: frozenset[int] = frozenset()
    rank: int = 0
    label: str | None = None


def worker_command() -> tuple[str, ...]:
    """Return how a worker is started: by this interpreter."""
    return sys.executable, "-m", "benchmark.run.worker"


class CannotWork(OSError):
    """The machine does not let workers work: they cannot start, or the store cannot be written."""


@dataclass
class _Worker:
    process: subprocess.Popen[str]
    stdin: IO[str]
    tasks: dict[int, Task] = field(default_factory=dict)
    ready: bool = False


@dataclass
class LocalPool:
    """Worker processes on this machine, each with one thread, and one task or several of one label at a time.

    Attributes:
        head: first message to every worker.
        n_workers: number of processes.
        command: how a worker is started.
    """

    head: Mapping[str, Any]
    n_workers: int
    command: Sequence[str] = field(default_factory=worker_command)
    _workers: list[_Worker] = field(default_factory=list)
    _events: queue.Queue[tuple[_Worker, Answer | None]] = field(default_factory=queue.Queue)
    _todo: dict[int, Task] = field(default_factory=dict)
    _later: dict[int, float] = field(default_factory=dict)  # task -> when it may be handed out again
    _deaths: dict[int, int] = field(default_factory=dict)  # task -> workers that died of it
    _stillborn: int = 0  # workers in a row that died before they were ready

    def run(
        self,
        tasks: Sequence[Task],
        *,
        on_answer: Callable[[Task, Answer], Iterable[Task] | None],
        on_message: Callable[[Answer], None],
        on_tick: Callable[[], None],
    ) -> None:
        """Do all tasks; call `on_answer` for each that ended, `on_message` for notes, `on_tick` about every second.

        What `on_answer` returns is to be done besides, by the same workers. A task whose need failed is not tried: it
        fails with that reason. Workers are told to save and end when this is left by an exception (KeyboardInterrupt,
        for instance).

        Raises:
            CannotWork: workers cannot start, or cannot write; nothing that was computed is lost.
        """
        self._todo = {task.id: task for task in tasks}
        try:
            while self._todo:
                n_wanted = min(self.n_workers, len(self._todo)) - len(self._workers)
                self._workers.extend(self._started() for _ in range(n_wanted))
                self._hand_out()
                for task, answer in self._ended(on_message):
                    self._todo.update({more.id: more for more in on_answer(task, answer) or ()})
                on_tick()
        except BaseException:
            self._end(save=True)
            raise
        self._end(save=False)

    def _ended(self, on_message: Callable[[Answer], None]) -> list[tuple[Task, Answer]]:
        """Wait for one event, at most about a second; return the tasks that ended by it."""
        try:
            worker, answer = self._events.get(timeout=0.25 if self._later else 1.0)
        except queue.Empty:
            return []
        if answer is None:
            return [ended for failure in self._replaced(worker) for ended in self._popped(failure)]
        if "id" not in answer:
            if answer.get("ready"):
                worker.ready, self._stillborn = True, 0
            on_message(answer)
            return []
        worker.tasks.pop(answer["id"])
        if answer["outcome"] == "abort":
            raise CannotWork(answer["reason"])
        if answer["outcome"] in ("busy", "stopped"):
            self._later[answer["id"]] = time.monotonic() + busy_pause
            return []
        return self._popped(answer)

    def _popped(self, answer: Answer) -> list[tuple[Task, Answer]]:
        """Return the task that ended, and with a failed one those that need it."""
        task = self._todo.pop(answer["id"])
        return [(task, answer), *(self._dependents(task) if answer["outcome"] == "failed" else ())]

    def _dependents(self, failed: Task) -> Iterator[tuple[Task, Answer]]:
        """End the tasks that need a failed one."""
        for task in [task for task in self._todo.values() if failed.id in task.needs]:
            if self._todo.pop(task.id, None) is not None:
                yield (
                    task,
                    {"id": task.id, "outcome": "failed", "reason": "what it rests on failed", "seconds": 0.0},
                )
                yield from self._dependents(task)

    def _hand_out(self) -> None:
        now = time.monotonic()
        self._later = {number: when for number, when in self._later.items() if when > now}
        under_way = {number for worker in self._workers for number in worker.tasks}
        ready = [task for number, task in self._todo.items() if number not in self._later.keys() | under_way]
        ready = [task for task in ready if not any(need in self._todo for need in task.needs)]
        ready.sort(key=lambda task: (task.rank, task.id))
        for worker in [worker for worker in self._workers if worker.ready and not worker.tasks]:
            if not ready:
                return
            chosen = self._chosen(ready)
            ready = [task for task in ready if task.id not in chosen]
            worker.tasks = chosen
            messages = [{"id": task.id, **task.message} for task in chosen.values()]
            self._tell(worker, messages[0] if len(messages) == 1 else {"tasks": messages})

    def _chosen(self, ready: Sequence[Task]) -> dict[int, Task]:
        """Return the first task, with others of its label as long as no worker without work goes short.

        Of the last labels a part is left to workers that are busy: they will end while this one is at it. What is
        tried for the last time goes alone: it fails for what it does itself, and not for another.
        """
        last = n_tries - 1
        labels = [None if self._deaths.get(task.id, 0) >= last else task.label for task in ready]
        alike = [task for task, label in zip(ready, labels, strict=True) if label == labels[0]]
        if labels[0] is None:
            return {ready[0].id: ready[0]}
        n_free = self.n_workers - sum(bool(worker.tasks) for worker in self._workers)
        n_kinds = labels.count(None) + len({*labels} - {None})
        for_the_busy = min(-(-self.n_workers // n_kinds), len(alike) // fewest_together)
        n_parts = max(-(-n_free // n_kinds), for_the_busy, -(-len(alike) // most_together))
        return {task.id: task for task in alike[: -(-len(alike) // n_parts)]}

    def _replaced(self, worker: _Worker) -> list[Answer]:
        """Start another worker for a dead one; return failures for those of its tasks that were tried often enough."""
        worker.process.kill()  # it may have closed its side only
        code = worker.process.wait()
        with contextlib.suppress(OSError):
            worker.stdin.close()
        self._workers.remove(worker)
        if not worker.ready:
            self._stillborn += 1
        if self._stillborn >= n_tries:
            raise CannotWork(
                f"workers end with exit code {code} before they are ready; what they said stands above"
            )
        self._workers.append(self._started())
        for number in worker.tasks:
            self._deaths[number] = self._deaths.get(number, 0) + 1
        cause = f"signal {-code}" if code < 0 else f"exit code {code}"
        reason = f"worker died {n_tries} times ({cause})"
        return [
            {"id": number, "outcome": "failed", "reason": reason, "seconds": 0.0}
            for number in worker.tasks
            if self._deaths[number] >= n_tries
        ]

    def _started(self) -> _Worker:
        process = subprocess.Popen(
            list(self.command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **_numerics()},
            start_new_session=True,  # Ctrl-C reaches the parent alone, which then asks the workers to save
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a worker came without pipes")
        worker = _Worker(process=process, stdin=process.stdin)
        threading.Thread(target=self._listen, args=(worker, process.stdout), daemon=True).start()
        self._tell(worker, self.head)
        return worker

    def _tell(self, worker: _Worker, message: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):  # it has just died, which its reader thread reports
            worker.stdin.write(json.dumps(message) + "\n")
            worker.stdin.flush()

    def _listen(self, worker: _Worker, stdout: IO[str]) -> None:
        with stdout:
            for line in stdout:
                try:
                    self._events.put((worker, json.loads(line)))
                except ValueError:
                    break  # killed in the middle of a line
        self._events.put((worker, None))

    def _end(self, *, save: bool) -> None:
        """End all workers; with `save` let them keep the state of what they are doing, for up to 20 seconds."""
        if save:
            for worker in self._workers:
                worker.process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + 20
            for worker in self._workers:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    worker.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        for worker in self._workers:
            worker.process.kill()  # it is idle, or had its time
            with contextlib.suppress(OSError):
                worker.stdin.close()
            worker.process.wait()
        self._workers.clear()


def _numerics() -> dict[str, str]:
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**dict.fromkeys(names, str(n_threads())), "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
