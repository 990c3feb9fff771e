"""What produced a stored thing: the code that defines it, and the numerics it ran under.

The identity is a part of the address of everything stored. An edited training procedure finds no old result; an
edited comment, docstring or blank line changes nothing; a revert finds its old results again.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmark.store.definitions import hash_of, named
from benchmark.store.import_targets import Target


def identity(
    objects: Iterable[Any], numerics: Mapping[str, Any], *inputs: str, also: Iterable[Target] = ()
) -> str:
    """Return 16 hex digits over the code of classes and functions, the numerics, and digests of what was read."""
    text = json.dumps([code_hash(objects, also=also), dict(numerics), inputs], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def code_hash(objects: Iterable[Any], *, also: Iterable[Target] = ()) -> str:
    """Return the SHA-256 over the code of classes and functions, and over all that they rest on.

    `also` adds definitions that are used without being imported, such as the class of an argument.
    """
    return _hash_of(frozenset(objects), frozenset(also))


@functools.cache  # asked for every file of the store, and it cannot change while the process runs
def _hash_of(objects: frozenset[Any], also: frozenset[Target]) -> str:
    return hash_of({*(definition_of(item) for item in objects), *also})


def definition_of(item: Any) -> Target:
    """Return where a class or function is defined."""
    path = Path(str(sys.modules[item.__module__].__file__)).resolve()
    return named(path, str(item.__qualname__).partition(".")[0])


def numerics(device: str, precision: str = "float32", *, twin: bool = False) -> dict[str, Any]:
    """Return the record of what changes the bits on this machine: precision, device class, threads, flags, torch.

    Args:
        device: a resolved torch device string; a GPU enters by its name, not by its number.
        precision: dtype of data, weights and measures, such as "float64"; see `benchmark.suite.profiles`.
        twin: whether trainings begin one rounding away from their initial weights; see `benchmark.cells.training.twin`.
    """
    import platform
    from importlib.metadata import version

    record: dict[str, Any] = {
        "dtype": precision,
        "tf32": False,
        "deterministic": True,
        "threads": n_threads(),
        "torch": version("torch").partition("+")[0],
        "device": f"cpu-{platform.machine()}",
    }
    if twin:
        record["twin"] = True
    if device != "cpu":
        import torch

        record["device"] = f"cuda-{torch.cuda.get_device_name(device)}"
    return record


def n_threads() -> int:
    """Return the threads of a worker: one, or `$LOSSBENCH_THREADS` to see what they change."""
    return int(os.environ.get("LOSSBENCH_THREADS") or 1)
