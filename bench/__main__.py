"""`python -m bench`: time lossbench beside other tools."""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # read when numpy and torch are imported

from bench.command import main  # noqa: E402

main()
