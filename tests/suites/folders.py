"""The suites that the contract is held against: the repository's, or those of another folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from benchmark.suite.folder import SuiteFolder, available, find
from benchmark.suite.profiles import profiles as known
from tests import root

variable = "LOSSBENCH_SUITES_UNDER_TEST"
place = Path(os.environ.get(variable, root / "suites"))
folders: Mapping[str, SuiteFolder] = {name: find(name, place) for name in available(place)}
# that all of them have
profiles = tuple(one for one in known if all(one in folder.suite.profiles for folder in folders.values()))
