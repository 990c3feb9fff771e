"""Files that are either whole or absent, and known to be intact when read. Standard library only."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any


class Damaged(Exception):
    """A file whose content is not what was written; the message names it."""


def write_atomic(path: Path, data: bytes, *, named: bool = True) -> None:
    """Write `data` to `path` so that a reader sees the old file or the new one, also after a power cut.

    Args:
        path: of the file.
        data: its bytes.
        named: whether its name is durable too when this returns. Where others are written into the same folder after
            it, one `sync_folder` at the end makes all names durable.

    Raises:
        OSError: when it cannot be written (full disk, no permission); the old file is then untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name[:80]}.{os.getpid()}-"
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    if named:
        sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed processes of this machine left in a folder."""
    for path in folder.glob(".*.tmp"):
        process = path.name.split(".")[-2].partition("-")[0]
        if process.isdigit() and not _lives(int(process)):
            path.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable (a no-op where folders cannot be opened)."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def to_json(content: Any) -> bytes:
    """Return canonical JSON: sorted keys, no spaces, one final newline."""
    return (json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n").encode()


def write_sealed(path: Path, content: Any) -> None:
    """Write JSON together with its own SHA-256."""
    body = to_json(content)
    write_atomic(path, to_json({"sha256": sha256(body), "content": content}))


def read_sealed(path: Path) -> Any:
    """Return the content of a sealed JSON file.

    Raises:
        Damaged: when it does not parse or does not match its SHA-256.
        FileNotFoundError: when it is not there.
    """
    try:
        sealed = json.loads(path.read_bytes())
        content, expected = sealed["content"], sealed["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{path} is not a sealed JSON file: {error}") from error
    if sha256(to_json(content)) != expected:
        raise Damaged(f"{path} does not match its SHA-256")
    return content


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def _read_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_umask = _read_umask()  # read once, at import, before there are threads: it can only be read by setting it
