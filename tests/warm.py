"""Commands that start by fork from a process in which third-party packages are imported already.

Most of a short `lossbench run` goes into importing pandas, and once more into importing torch in its worker. Here
`python`, `lossbench` and `dvc` are stand-ins: each hands its words, surroundings and open files to one process, which
forks, and then does what an interpreter does. Nothing of the project is imported before the fork, so that a command
and its workers see the code that its PYTHONPATH leads to.

`python tests/warm.py SOCKET` serves until its standard input ends.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

packages = (
    "torch", "pandas", "pyarrow.parquet", "scipy.stats", "pydantic", "typer", "rich.progress", "ruamel.yaml",
    "matplotlib.pyplot", "jinja2", "optuna", "filelock", "safetensors.torch",
    "mlflow.store.tracking.sqlalchemy_store", "mlflow.tracking.client",
    "dvc.cli.parser", "dvc.render.match", "dvc.repo.experiments", "networkx", "scmrepo.git",
)  # fmt: skip
own = ("benchmark", "suites", "tests")
stand_in = """\
#!{python} -IS
import json, os, signal, socket, sys
link = socket.socket(socket.AF_UNIX)
link.connect({path!r})
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, _: link.send(bytes([number])))
words = [*{words!r}, *sys.argv[1:]]
socket.send_fds(link, [json.dumps([words, os.getcwd(), dict(os.environ)]).encode()], [0, 1, 2])
code = int(link.recv(9) or 1)
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if code != -signal.SIGKILL else None
    os.kill(os.getpid(), -code)
os._exit(code)
"""


@contextmanager
def serving(folder: Path) -> Iterator[Path]:
    """Give a folder with the stand-ins, while the process that they ask lives."""
    path = folder / "socket"
    words = {
        "python": [],
        "lossbench": ["-c", "from benchmark.cli.main import main; main()"],
        "dvc": ["-m", "dvc"],
    }
    interpreter = folder / "interpreter"  # the first line of a script ends its path at a space
    interpreter.symlink_to(sys.executable)
    for name, first in words.items():
        text = stand_in.format(python=interpreter, path=str(path), words=first)
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    command = [sys.executable, __file__, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, start_new_session=True
    ) as server:
        assert server.stdout is not None and server.stdout.readline() == b"ready\n"
        yield folder
        server.communicate()


@contextmanager
def forking(commands: Path) -> Iterator[None]:
    """Let runs and sweeps in this process start their workers and feeders by the stand-in of the interpreter."""
    import pytest

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.executable", str(commands / "python"))
        yield


def serve(path: Path) -> None:
    """Start what is asked for, each in a process of its own."""
    for name in packages:
        with suppress(ImportError):
            importlib.import_module(name)
    assert not [name for name in sys.modules if name.partition(".")[0] in own]
    assert threading.active_count() == 1, "a thread does not come along into a fork"
    gc.freeze()  # else the first collection after a fork copies every page that has an object
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        door.listen(64)
        os.write(1, b"ready\n")
        while 0 not in (found := select.select([door.fileno(), 0], [], [])[0]):
            if found:
                with door.accept()[0] as link:
                    if os.fork() == 0:
                        door.close()
                        os._exit(keep(link))
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    with suppress(ChildProcessError):
        while os.wait():
            pass


def keep(link: socket.socket) -> int:
    """Start one command, hand on the signals that come, and say how it ended; end it when nobody waits any more."""
    request, files, _, _ = socket.recv_fds(link, 1 << 20, 3)
    words, folder, environment = json.loads(request)
    if (number := os.fork()) == 0:
        link.close()
        os._exit(carry_out(words, Path(folder), environment, files))
    for file in (0, 1, *files):
        os.close(file)
    ended = os.pidfd_open(number)
    while ended not in (found := select.select([link.fileno(), ended], [], [])[0]):
        signals = link.recv(1) if found else b""
        os.kill(number, signals[0] if signals else signal.SIGKILL)
        if not signals:
            break
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    with suppress(OSError):
        link.send(str(code).encode())
    return 0


def carry_out(words: list[str], folder: Path, environment: dict[str, str], files: list[int]) -> int:
    """Be `python *words`; return its exit code."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever whoever started the tests ignores
    sys.executable = str(Path(sys.argv[1]).with_name("python"))
    try:
        interpret(words)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
    except BaseException:
        traceback.print_exc()
        code = 1
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    return code


def interpret(words: list[str]) -> None:
    """Run `-c CODE`, `-m MODULE` or a script, as the interpreter does."""
    importlib.invalidate_caches()
    kind, *rest = words
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[0] = str(Path(kind).parent) if kind not in ("-c", "-m") else ""
    sys.path[1:1] = filter(None, paths)
    if kind == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        return
    sys.argv = [kind, *(rest[1:] if kind == "-c" else rest)]
    main = sys.modules["__main__"] = ModuleType("__main__")
    code = rest[0] if kind == "-c" else Path(kind).read_text(encoding="utf-8")
    main.__dict__["__file__"] = kind
    exec(compile(code, kind, "exec"), main.__dict__)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
