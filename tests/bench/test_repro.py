"""`python -m bench.repro`: on a repository whose Makefile only pretends."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.repro import measured, size

makefile = """\
.venv/.ready:
\tmkdir .venv && sleep 0.2 && head -c 3000 /dev/zero > .venv/torch && touch $@
repro:
\t@echo "Running stage 'data':" && sleep 0.1
\t@echo "Running stage 'run@width':" && sleep 0.3 && head -c 500 /dev/zero > results
test:
\t@false
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "Makefile").write_text(makefile)
    identity = ["-c", "user.name=n", "-c", "user.email=e@localhost"]
    for words in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "--message", "m"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True)
    return folder


def test_every_round_is_timed_in_a_clone_of_its_own(repository: Path) -> None:
    record = measured(repository, rounds=2, tests=False)
    assert {name: len(found) for name, found in record["seconds"].items()} == {
        "set-up": 2,
        "repro": 2,
        "repro again": 2,
    }
    assert all(0.2 < seconds < 5 for seconds in record["seconds"]["set-up"])
    assert {name: len(found) for name, found in record["stages"].items()} == {"data": 2, "run@width": 2}
    assert all(a < b for a, b in zip(record["stages"]["data"], record["stages"]["run@width"], strict=True))
    assert record["bytes"] == {".venv": 3000, "everything else": len(makefile) + 500}
    assert record["n"] == 2
    assert record["cpu_seconds"].keys() == record["seconds"].keys()
    assert all(0 < cpu < 5 for found in record["cpu_seconds"].values() for cpu in found)
    assert record["changed"] == ["?? .venv/", "?? results"], (
        "the pretended Makefile leaves what Git does not know"
    )
    assert not (repository / "results").exists()


def test_a_command_that_fails_leaves_no_record(repository: Path) -> None:
    with pytest.raises(SystemExit, match=r"make test ended with 2"):
        measured(repository, rounds=1, tests=True)


def test_sizes_count_links_by_themselves(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b").write_bytes(b"123")
    (tmp_path / "folder" / "link").symlink_to("b")
    assert size(tmp_path) == 5 + 3 + len("b")
    assert size(tmp_path, but=("folder",)) == 5
