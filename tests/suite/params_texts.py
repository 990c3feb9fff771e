"""Texts of params.yaml, read, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.suite.params import Params, ParamsError, read


def read_text(text: str | bytes, suites_dir: Path) -> Params:
    path = suites_dir.parent / "params.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path, suites_dir)


def problems(text: str | bytes, suites_dir: Path) -> list[str]:
    with pytest.raises(ParamsError) as caught:
        read_text(text, suites_dir)
    return str(caught.value).splitlines()
