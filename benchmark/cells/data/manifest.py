"""What lies in the data folder: one `manifest.json` beside the tensors of every data set.

Standard library only: planning reads manifests, never pictures.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from benchmark.cells.data.published_names import check_name, remedy


class DataMissing(FileNotFoundError):
    """A data set is not in the data folder."""


class DataMismatch(ValueError):
    """A data set is not the one that was asked for, or its files are damaged."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Description and identity of one stored data set.

    Attributes:
        name: the data set's name, and its folder's.
        kind: what an input is; "images".
        sha256: identity: hash over the decoded tensors.
        shapes: shape of every tensor.
        classes: names of the classes, in the order of their numbers.
        counts: pictures in "train" (the pool that train and validation are drawn from) and "test".
        source: where the pictures came from.
        split: how test pictures were told from training pictures.
        created_by: versions that decoded the pictures.
    """

    name: str
    kind: str
    sha256: str
    shapes: dict[str, list[int]]
    classes: list[str]
    counts: dict[str, int]
    source: str
    split: str
    created_by: str


def data_dir() -> Path:
    """Return the folder of data sets: `$LOSSBENCH_DATA`, or `data` in the working directory."""
    return Path(os.environ.get("LOSSBENCH_DATA") or "data").expanduser()


def manifest_path(name: str) -> Path:
    """Return where the manifest of the data set `name` lies."""
    check_name(name)
    return data_dir() / name / "manifest.json"


def tensors_path(name: str) -> Path:
    """Return where the decoded tensors of the data set `name` lie."""
    return manifest_path(name).with_name("tensors.safetensors")


def read_manifest(name: str) -> Manifest:
    """Return the manifest of the data set `name`.

    Raises:
        DataMissing: when there is none; the message says what to type.
        DataMismatch: when it is damaged, or another data set's.
    """
    path = manifest_path(name)
    cure = f"run: {remedy(name)}"
    try:
        found = Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DataMissing(f"there is no data set {name!r} in {path.parent.parent}; {cure}") from None
    except (ValueError, TypeError) as error:
        raise DataMismatch(f"{path} is damaged ({error}); delete its folder and {cure}") from error
    if found.name != name:
        raise DataMismatch(f"{path} describes {found.name!r}, not {name!r}; rename its folder back")
    return found
