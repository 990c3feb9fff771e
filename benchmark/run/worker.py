"""A worker process: reads tasks as JSON lines, does them through the store, answers with JSON lines.

It is given keys and names, never callables: it plans the suite anew from the same folder and configuration. It
ends when its standard input ends, so that no worker outlives a killed parent.
"""

from __future__ import annotations

import errno
import faulthandler
import functools
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from benchmark.cells.cell import Cell
from benchmark.run.measuring import measure
from benchmark.run.train import Bench, Stopped, train
from benchmark.store.identity import n_threads
from benchmark.store.run_store import Busy, Store
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import Job, Plan, config_from_json, plan
from benchmark.suite.tuning import Question, Try

# a full or read-only disk says nothing of a cell: the run stops, instead of writing rows of failures
of_the_machine = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG}


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
    """Answer the first message, which describes the plan, and then tasks."""
    send = functools.partial(_send, answers)
    head = tasks.get()
    set_numerics(head["numerics"])
    worked = planned(head)
    bench = Bench(
        store=Store(Path(head["store"])),
        device=head["device"],
        numerics=head["numerics"],
        snapshot_seconds=head["snapshot_seconds"],
        snapshot_steps=head["snapshot_steps"],
        stop=stop.is_set,
        alive=_heart(send),
        note=lambda text: send({"note": text}),
    )
    cells = {cell.key: cell for cell in worked.all_cells}
    send({"ready": True})
    while not stop.is_set():
        try:
            task = tasks.get(timeout=0.2)
        except queue.Empty:
            continue
        send(answer(task, worked, cells, bench))


def planned(head: Mapping[str, Any]) -> Plan:
    """Return the plan that the parent made, from the same folder and configuration."""
    from benchmark.cells.data.catalog import pin

    folder = SuiteFolder(path=Path(head["suite"]))
    config = config_from_json(type(folder.suite.profiles[head["profile"]]), head["config"])
    if head.get("is_sweep"):
        return Plan(folder=folder, profile=head["profile"], config=config, cells=(), jobs=())
    return plan(folder, profile=head["profile"], config=config, pin=pin)


def answer(task: Mapping[str, Any], worked: Plan, cells: Mapping[str, Cell], bench: Bench) -> dict[str, Any]:
    """Do one task; whatever goes wrong in it is an answer, and the worker goes on."""
    began = time.monotonic()
    reply: dict[str, Any] = {"id": task["id"]}
    try:
        reply |= _done(task, worked, cells, bench)
    except Busy:
        reply |= {"outcome": "busy"}
    except Stopped:
        reply |= {"outcome": "stopped"}
    except Exception as error:
        outcome = "abort" if isinstance(error, OSError) and error.errno in of_the_machine else "failed"
        bench.store.log_failure(error)
        reply |= {"outcome": outcome, "reason": f"{type(error).__name__}: {error}"}
    return reply | {"seconds": time.monotonic() - began}


def _done(task: Mapping[str, Any], worked: Plan, cells: Mapping[str, Cell], bench: Bench) -> dict[str, Any]:
    if "cell" in task:
        cell = cells[task["cell"]]
        record = train(cell, bench, worked.states.get(cell.key, ()))
        return {"outcome": "done", "status": record["status"], "n_steps": record["n_steps"]}
    if "trial" in task:
        return {"outcome": "done", "failures": _try(task, worked, bench)}
    return {"outcome": "done", "failures": measure([worked.jobs[number] for number in task["jobs"]], bench)}


def _try(task: Mapping[str, Any], worked: Plan, bench: Bench) -> dict[str, str]:
    """Train the cell that tries a point of a sweep, and measure its sharpness where that is asked for."""
    from benchmark.cells.data.catalog import pin

    question = Question(suite=worked.suite, profile=worked.profile, config=worked.config, pin=pin)
    cell = question.cell(Try(**task["trial"]))
    train(cell, bench)
    jobs = [Job(measure=question.sharpness, cells=(cell,), number=0)] if task["sharpness"] else []
    return measure(jobs, bench) if jobs else {}


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
