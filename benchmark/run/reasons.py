"""Why a task failed, in a sentence that a row of a table can hold."""

from __future__ import annotations

import errno
import sysconfig
import traceback
from pathlib import Path

from benchmark.store.import_targets import project

installed = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib"))
# a full or read-only disk says nothing of a cell: the run stops, instead of writing rows of failures
of_the_machine = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG}


def is_of_the_machine(error: BaseException) -> bool:
    """Tell whether an error says that the machine does not let the work be done, and nothing of the work."""
    return isinstance(error, OSError) and error.errno in of_the_machine


def reason_of(error: BaseException) -> str:
    """Return type and message of an error and, where it came through somebody's own code, folder, file and line.

    Own is what is neither of this package nor installed: the place is the innermost such one.
    """
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(Path(frame.filename))]
    place = f" ({'/'.join(Path(own[-1].filename).parts[-2:])}, line {own[-1].lineno})" if own else ""
    return f"{type(error).__name__}: {error}{place}"


def _is_own(path: Path) -> bool:
    return path.is_file() and not any(path.is_relative_to(place) for place in (project, *installed))
