"""Make the stored signals of MNIST-1D again, with the package that defines them.

    pip install mnist1d==0.0.2.post1
    python -m benchmark.cells.data.make_mnist1d            # compares with the stored file; exit 1 where they differ
    python -m benchmark.cells.data.make_mnist1d --write    # puts what it made in its place

Only this script needs the package, and only the repository needs this script. The signals are quantized, so that the
last bits of numpy and scipy do not matter: a value would have to lie within them of the middle between two steps.

Legend of shape suffixes: N signals, S positions.
"""

from __future__ import annotations

import argparse
import bz2
import hashlib
import io
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from benchmark.cells.data.mnist1d import sha256, stored
from benchmark.store.files import write_atomic

if TYPE_CHECKING:
    import numpy as np

wanted = "0.0.2.post1"
steps_per_unit = 2048  # the largest value, 5.5 standard deviations, is a third of what int16 holds
n_further, further_seed = 10_000, 43  # the canonical set has the package's default seed, 42


def made() -> tuple[Any, Any]:
    """Return signals, float64 (N, S), and classes (N,): the canonical training and test set, then the further ones.

    Raises:
        ModuleNotFoundError: when the package is not installed, or another version of it is.
    """
    try:
        found = version("mnist1d")
    except ModuleNotFoundError:
        found = "none"
    if found != wanted:
        raise ModuleNotFoundError(
            f"mnist1d {wanted} is wanted, found: {found}; pip install mnist1d=={wanted}"
        )
    import numpy as np
    from mnist1d.data import get_dataset_args, make_dataset

    canonical = make_dataset(get_dataset_args())
    arguments = get_dataset_args()
    arguments.num_samples, arguments.seed = n_further, further_seed
    further = make_dataset(arguments)
    parts = [(one[f"x{part}"], one[f"y{part}"]) for one in (canonical, further) for part in ("", "_test")]
    signals, classes = zip(*parts, strict=True)
    return np.concatenate(signals), np.concatenate(classes)


def quantized(signals_NS: np.ndarray) -> np.ndarray:
    """Return signals in whole steps, int16, a half rounded to even."""
    import numpy as np

    steps: np.ndarray = np.rint(signals_NS * steps_per_unit).astype("<i2")
    return steps


def encoded(signals_NS: np.ndarray, classes_N: np.ndarray) -> bytes:
    """Return the bytes of the file: two arrays in numpy's format, one behind the other, packed by bzip2.

    Of what Python reads by itself it packs signals best (zlib and xz give 10 and 5 % more), and its encoder hardly ever
    changes, so that the same signals are the same bytes elsewhere too.
    """
    import numpy as np

    content = io.BytesIO()
    np.save(content, signals_NS.astype("<i2"))
    np.save(content, classes_N.astype("u1"))
    return bz2.compress(content.getvalue())


def main(arguments: Sequence[str]) -> int:
    """Make, compare and, if asked to, write; return the exit code."""
    parser = argparse.ArgumentParser(description="Make the stored signals of MNIST-1D again.")
    parser.add_argument("--write", action="store_true", help="replace the stored file")
    is_asked_to_write = parser.parse_args(arguments).write
    try:
        signals, classes = made()
    except ModuleNotFoundError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    content = encoded(quantized(signals), classes)
    found = hashlib.sha256(content).hexdigest()
    packages = ", ".join(f"{name} {version(name)}" for name in ("mnist1d", "numpy", "scipy"))
    sys.stdout.write(f"{packages}\nmade   {found} ({len(content):,} bytes)\nstored {sha256} ({stored})\n")
    if is_asked_to_write:
        write_atomic(stored, content)
    is_equal = stored.exists() and stored.read_bytes() == content and found == sha256
    sys.stdout.write("equal\n" if is_equal else "they differ: the stored file, or the sha256 in mnist1d.py\n")
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
