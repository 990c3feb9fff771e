"""What `ci` computes may grow, but not shrink unseen."""

from __future__ import annotations

import json

from tests.suites.manifest import manifest, path


def test_ci_computes_all_that_the_committed_manifest_lists() -> None:
    now = manifest()
    for suite, listed in json.loads(path.read_text()).items():
        gone = set(listed["cells"].items()) - set(now[suite]["cells"].items())
        assert not gone, f"{suite}: ci no longer has (or names otherwise) {sorted(gone)[:3]}"
        for label, count in listed["measures"].items():
            assert now[suite]["measures"].get(label, 0) >= count, f"{suite}: {label} is taken less often"


def test_ci_sweeps_all_that_the_committed_manifest_lists() -> None:
    now = manifest()
    for suite, listed in json.loads(path.read_text()).items():
        swept, before = now[suite]["sweep"], listed["sweep"]
        assert set(swept["arms"]) >= set(before["arms"]), f"{suite}: an arm is no longer swept"
        assert swept["trials"] >= before["trials"], f"{suite}: fewer points are tried"
        assert (swept["seeds"], swept["n_val"]) == (before["seeds"], before["n_val"])
        assert swept["space"] == before["space"], f"{suite}: another space is searched"
