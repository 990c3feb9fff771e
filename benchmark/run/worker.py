"""A worker process: reads tasks as JSON lines, does them through the store, answers with JSON lines.

It is given keys and names, never callables: it plans the suite anew from the same folder and configuration. It
ends when its standard input ends, so that no worker outlives a killed parent.
"""

from __future__ import annotations

import faulthandler
import functools
import gc
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TextIO

from benchmark.cells.cell import Cell
from benchmark.run.assignment import Assignment
from benchmark.run.bench import Bench, Stopped
from benchmark.run.measuring import measure
from benchmark.run.reasons import is_of_the_machine, reason_of
from benchmark.run.train import OnEnd, Result, train_together
from benchmark.store.entry import Busy
from benchmark.store.identity import n_threads
from benchmark.suite.plan import Job, Plan
from benchmark.suite.tuning import Question, Try

Send = Callable[[Mapping[str, Any]], None]


def main() -> None:
    """Serve tasks until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints, in Python or in C, must not mix with the answers
    faulthandler.enable()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    tasks = _inbox()
    serve(tasks, answers, stop)


def serve(tasks: queue.Queue[dict[str, Any]], answers: TextIO, stop: threading.Event) -> None:
    """Answer tasks, after a first message that says what they are about."""
    send = functools.partial(_send, answers)
    assignment = Assignment(**tasks.get())
    gc.disable()  # what is imported stays, and need not be looked through for garbage
    set_numerics(assignment.numerics)
    worked = assignment.plan()
    bench = assignment.bench(stop=stop.is_set, alive=_heart(send), note=lambda text: send({"note": text}))
    cells = {cell.key: cell for cell in worked.all_cells}
    work = Work(worked, cells, bench, send)
    gc.freeze()
    gc.enable()
    send({"ready": True})
    while not stop.is_set():
        try:
            task = tasks.get(timeout=0.2)
        except queue.Empty:
            continue
        work.do(task)


@dataclass
class Work:
    """Does tasks; whatever goes wrong in one is its answer, and the worker goes on.

    Attributes:
        cells: of the plan, by key.
        send: is given the answers.
    """

    worked: Plan
    cells: Mapping[str, Cell]
    bench: Bench
    send: Send

    def do(self, task: Mapping[str, Any]) -> None:
        """Do a task, or the tasks of one message, and answer each as it ends."""
        if "jobs" in task:
            self._answer(task, partial(self._measured, task), began=time.monotonic())
        else:
            self._train(task.get("tasks", [task]))

    def _train(self, tasks: Sequence[Mapping[str, Any]]) -> None:
        """Train the cells of tasks together; the time between two ends is shared by those under way."""
        left, spent = dict(enumerate(tasks)), dict.fromkeys(range(len(tasks)), 0.0)
        began = time.monotonic()

        def ended(place: int, result: Result) -> None:
            nonlocal began
            now = time.monotonic()
            for under_way in left:
                spent[under_way] += (now - began) / len(left)
            task = left.pop(place)
            self._answer(task, partial(self._trained, task, result), began=now - spent[place])
            began = time.monotonic()

        cells = self._cells(tasks, ended)
        try:
            train_together(
                tuple(cells.values()),
                self.bench,
                self.worked.states,
                lambda number, result: ended(tuple(cells)[number], result),
            )
        except Exception as error:
            for place in tuple(left):
                ended(place, error)

    def _cells(self, tasks: Sequence[Mapping[str, Any]], ended: OnEnd) -> dict[int, Cell]:
        """Return the cells of tasks by their places; a task that names none ends with that."""
        found: dict[int, Cell] = {}
        for place, task in enumerate(tasks):
            try:
                found[place] = self._cell(task)
            except Exception as error:
                ended(place, error)
        return found

    def _answer(self, task: Mapping[str, Any], work: Callable[[], dict[str, Any]], *, began: float) -> None:
        reply: dict[str, Any] = {"id": task["id"]}
        try:
            reply |= work()
        except Busy:
            reply |= {"outcome": "busy"}
        except Stopped:
            reply |= {"outcome": "stopped"}
        except Exception as error:
            self.bench.store.log_failure(error)
            outcome = "abort" if is_of_the_machine(error) else "failed"
            reply |= {"outcome": outcome, "reason": reason_of(error)}
        self.send(reply | {"seconds": time.monotonic() - began})

    def _trained(self, task: Mapping[str, Any], result: Result) -> dict[str, Any]:
        if isinstance(result, Exception):
            raise result
        if "trial" in task and task["sharpness"]:
            job = Job(measure=self._question.sharpness, cells=(self._cell(task),), number=0)
            return {"outcome": "done", "failures": measure([job], self.bench)}
        return {"outcome": "done", "status": result["status"], "n_steps": result["n_steps"]}

    def _measured(self, task: Mapping[str, Any]) -> dict[str, Any]:
        jobs = [self.worked.jobs[number] for number in task["jobs"]]
        return {"outcome": "done", "failures": measure(jobs, self.bench)}

    def _cell(self, task: Mapping[str, Any]) -> Cell:
        return self._question.cell(Try(**task["trial"])) if "trial" in task else self.cells[task["cell"]]

    @cached_property
    def _question(self) -> Question:
        from benchmark.cells.data.catalog import pin

        worked = self.worked
        return Question(suite=worked.suite, profile=worked.profile, config=worked.config, pin=pin)


def set_numerics(record: Mapping[str, Any]) -> None:
    """Set what `identity.numerics` records: precision, threads, deterministic algorithms, no TF32."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    import torch

    torch.set_default_dtype(getattr(torch, record["dtype"]))
    torch.set_num_threads(n_threads())
    # use_deterministic_algorithms(True) sets the same switch, and imports a compiler for it
    torch.set_deterministic_debug_mode("error")
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def _inbox() -> queue.Queue[dict[str, Any]]:
    """Return the tasks that arrive on standard input; at its end the process ends, whatever it is doing."""
    tasks: queue.Queue[dict[str, Any]] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            tasks.put(json.loads(line))
        os._exit(
            0
        )  # every write is atomic, so that ending here loses nothing but the time since the last state

    threading.Thread(target=read, daemon=True).start()
    return tasks


def _send(answers: TextIO, message: Mapping[str, Any]) -> None:
    print(json.dumps(message), file=answers, flush=True)


def _heart(send: Any) -> Any:
    """Return a function that shows life at most every two seconds."""
    last = [time.monotonic()]

    def beat(text: str) -> None:
        if time.monotonic() - last[0] > 2:
            last[0] = time.monotonic()
            send({"alive": text})

    return beat


if __name__ == "__main__":
    main()
