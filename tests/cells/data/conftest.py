"""Small folders of pictures, and an empty data folder for every test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.cells.data import stored

PictureFolder = Callable[..., Path]


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("LOSSBENCH_DATA", str(folder))
    stored._read_once.cache_clear()
    return folder


@pytest.fixture
def picture_folder(tmp_path: Path) -> PictureFolder:
    """Return a function that writes `counts` random pictures per class folder, lossless."""

    def write(
        name: str, counts: dict[str, int], *, size: tuple[int, int] = (8, 10), grey: bool = False
    ) -> Path:
        rng = np.random.default_rng(0)
        for class_folder, count in counts.items():
            (tmp_path / name / class_folder).mkdir(parents=True)
            for index in range(count):
                shape = size if grey else (*size, 3)
                picture = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
                picture.save(tmp_path / name / class_folder / f"{index:03}.png")
        return tmp_path / name

    return write
