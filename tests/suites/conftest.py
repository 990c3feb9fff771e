"""What the tests of figures share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def arrays(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder with the arrays of a profile, written once by the `write_arrays` of the test's module."""

    @functools.cache
    def written(profile: str) -> Path:
        folder = tmp_path_factory.mktemp(profile)
        request.module.write_arrays(folder, profile)
        return folder

    return written
