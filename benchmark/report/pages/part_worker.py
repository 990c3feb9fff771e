"""A process that makes parts of the report: the folder of a suite in, its part out, until nobody asks any more."""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path
from typing import IO

from benchmark.report.pages.suite_part import suite_part
from benchmark.report.pages.suite_results import read
from benchmark.suite.folder import SuiteFolder


def serve(results: Path, asked: IO[bytes], answers: IO[bytes]) -> None:
    """Make the part of every suite whose folder is asked for, line by line."""
    for line in asked:
        folder = SuiteFolder(path=Path(json.loads(line)))
        pickle.dump(suite_part(read(folder, results)), answers)
        answers.flush()


if __name__ == "__main__":
    own = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a suite prints must not end up among the answers
    serve(Path(sys.argv[1]), sys.stdin.buffer, own)
