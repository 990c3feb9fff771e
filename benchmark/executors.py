"""Run tasks in worker processes. Results travel through the store, never through the executor."""

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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

Answer = dict[str, Any]
n_tries = 3  # a task whose worker died (killed, out of memory) is tried this often before it counts as failed
busy_pause = 0.5  # seconds until a task is offered again that another process was at


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something to do, once the tasks in `needs` have ended (well or not).

    Attributes:
        id: number of the task.
        message: what the worker is told.
        needs: ids of tasks that must have ended before.
        rank: tasks of low rank are started first.
    """

    id: int
    message: Mapping[str, Any]
    needs: frozenset[int] = frozenset()
    rank: int = 0


class PoolStopped(Exception):
    """The pool was stopped before all tasks were done."""


@dataclass
class _Worker:
    process: subprocess.Popen[str]
    stdin: IO[str]
    task: Task | None = None


@dataclass
class LocalPool:
    """Worker processes on this machine, each with one thread and one task at a time.

    Attributes:
        head: first message to every worker.
        n_workers: number of processes.
        command: how a worker is started.
    """

    head: Mapping[str, Any]
    n_workers: int
    command: Sequence[str] = (sys.executable, "-m", "benchmark.worker")
    _workers: list[_Worker] = field(default_factory=list)
    _events: queue.Queue[tuple[_Worker, Answer | None]] = field(default_factory=queue.Queue)

    def run(
        self,
        tasks: Sequence[Task],
        *,
        on_answer: Callable[[Task, Answer], None],
        on_message: Callable[[Answer], None],
        on_tick: Callable[[], None],
    ) -> None:
        """Do all tasks; call `on_answer` for each that ended, `on_message` for notes, `on_tick` about every second.

        Workers are told to save and end when this is left by an exception (KeyboardInterrupt, for instance).
        """
        todo = {task.id: task for task in tasks}
        later: dict[int, float] = {}
        tries: dict[int, int] = {}
        try:
            self._workers.extend(self._started() for _ in range(min(self.n_workers, len(tasks))))
            while todo:
                self._hand_out(todo, later)
                try:
                    worker, answer = self._events.get(timeout=0.25 if later else 1.0)
                except queue.Empty:
                    on_tick()
                    continue
                if answer is None:
                    answer = self._replaced(worker, tries)
                if answer is None:
                    continue
                if "id" not in answer:
                    on_message(answer)
                    continue
                worker.task = None
                if answer["outcome"] == "busy":
                    later[answer["id"]] = time.monotonic() + busy_pause
                    continue
                on_answer(todo.pop(answer["id"]), answer)
                on_tick()
        except BaseException:
            self._end(save=True)
            raise
        self._end(save=False)

    def _hand_out(self, todo: Mapping[int, Task], later: dict[int, float]) -> None:
        running = {worker.task.id for worker in self._workers if worker.task}
        now = time.monotonic()
        for number in [number for number, when in later.items() if when <= now]:
            del later[number]
        ready = sorted(
            (task for task in todo.values() if task.id not in running and task.id not in later),
            key=lambda task: (task.rank, task.id),
        )
        idle = [worker for worker in self._workers if worker.task is None]
        for task in ready:
            if not idle:
                return
            if not any(need in todo for need in task.needs):
                self._give(idle.pop(), task)

    def _give(self, worker: _Worker, task: Task) -> None:
        worker.task = task
        try:
            worker.stdin.write(json.dumps({"id": task.id, **task.message}) + "\n")
            worker.stdin.flush()
        except OSError:
            pass  # it has just died: its reader thread reports that

    def _replaced(self, worker: _Worker, tries: dict[int, int]) -> Answer | None:
        """Start another worker for a dead one; return a failure for its task when it was tried often enough."""
        code = worker.process.wait()
        with contextlib.suppress(OSError):
            worker.stdin.close()
        task, self._workers = worker.task, [other for other in self._workers if other is not worker]
        number = -1 if task is None else task.id
        tries[number] = tries.get(number, 0) + 1
        if task is None and tries[number] > n_tries:
            raise RuntimeError(f"workers cannot start (exit code {code}); try: {' '.join(self.command)}")
        self._workers.append(self._started())
        if task is None or tries[number] < n_tries:
            return None
        cause = f"signal {-code}" if code < 0 else f"exit code {code}"
        return {
            "id": number,
            "outcome": "failed",
            "reason": f"worker died {n_tries} times ({cause})",
            "seconds": 0.0,
        }

    def _started(self) -> _Worker:
        process = subprocess.Popen(
            list(self.command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **_one_thread},
            start_new_session=True,  # Ctrl-C reaches the parent alone, which then asks the workers to save
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a worker came without pipes")
        worker = _Worker(process=process, stdin=process.stdin)
        threading.Thread(target=self._listen, args=(worker, process.stdout), daemon=True).start()
        self._send_head(worker)
        return worker

    def _send_head(self, worker: _Worker) -> None:
        try:
            worker.stdin.write(json.dumps(self.head) + "\n")
            worker.stdin.flush()
        except OSError:
            pass

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
                try:
                    worker.process.wait(timeout=max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    worker.process.kill()
        for worker in self._workers:
            with contextlib.suppress(OSError):
                worker.stdin.close()
            worker.process.wait()
        self._workers.clear()


_one_thread = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}
