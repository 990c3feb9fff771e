"""Provenance says what a result rests on, and nothing about the person."""

import getpass
import json
import platform
from pathlib import Path

import pytest

from benchmark.results import provenance
from tests.git import git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init")
    (tmp_path / "code.py").write_text("x = 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    return tmp_path


def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert provenance.git_state(tmp_path) == {"sha": None, "dirty": None}


def test_a_committed_tree_is_clean(repository: Path) -> None:
    state = provenance.git_state(repository)
    assert len(state["sha"]) == 40
    assert state["dirty"] is False


@pytest.mark.parametrize("name", ["code.py", "new.py"])
def test_an_edited_or_a_new_file_makes_the_tree_dirty(repository: Path, name: str) -> None:
    (repository / name).write_text("x = 2\n")
    assert provenance.git_state(repository)["dirty"] is True


@pytest.mark.parametrize("name", ["results/width/records.parquet", "reports/latest/index.html", "dvc.lock"])
def test_what_runs_write_does_not_make_the_tree_dirty(repository: Path, name: str) -> None:
    path = repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("new")
    assert provenance.git_state(repository)["dirty"] is False


def test_versions_name_every_package_that_can_change_numbers() -> None:
    assert set(provenance.versions()) == {"python", *provenance.packages}
    assert provenance.versions()["numpy"] is not None


def test_nothing_names_the_person_or_the_host() -> None:
    everything = json.dumps([provenance.machine(), provenance.versions(), provenance.device("cpu")])
    assert platform.node() not in everything
    assert str(Path.home()) not in everything
    assert f'"{getpass.getuser()}"' not in everything


def test_a_machine_has_at_least_one_cpu_and_a_processor() -> None:
    assert provenance.machine()["n_cpus"] >= 1
    assert provenance.processor()


def test_processors_of_one_name_are_told_apart_by_their_vector_instructions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def of(flags: str) -> str:
        text = f"processor: 0\nmodel name\t: A CPU\nflags\t\t: {flags}\n"
        monkeypatch.setattr(Path, "read_text", lambda *_, **__: text)
        return provenance.processor()

    assert of("fpu sse avx avx2 avx512f") == "A CPU with AVX-512"
    assert of("fpu sse avx avx2") == "A CPU with AVX2"
    assert of("fpu sse") == "A CPU"


told = {
    "suite": "one",
    "command": "lossbench run one",
    "git": {"sha": "abc", "dirty": False},
    "started": 1.5,
    "seconds": 20.0,
    "machine": {"system": "Linux", "n_cpus": 2},
    "cells": {"key": {"status": "done", "seconds": 1.0, "cached": False}},
}


def test_facts_and_invocation_are_one_again_when_read(tmp_path: Path) -> None:
    provenance.write_provenance(tmp_path, told)
    assert provenance.read_provenance(tmp_path) == told


def test_the_file_that_dvc_hashes_holds_what_equal_work_has_in_common_alone(tmp_path: Path) -> None:
    provenance.write_provenance(tmp_path, told)
    facts = {"suite": "one", "machine": {"system": "Linux"}, "cells": {"key": {"status": "done"}}}
    assert json.loads((tmp_path / "provenance.json").read_text()) == facts


def test_an_invocation_of_other_tables_is_left_out(tmp_path: Path) -> None:
    provenance.write_provenance(tmp_path, told | {"suite": "other"})
    facts = (tmp_path / "provenance.json").read_text().replace("other", "one")
    (tmp_path / "provenance.json").write_text(facts)
    assert provenance.read_provenance(tmp_path) == json.loads(facts)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_without_an_invocation_the_facts_remain(content: str | None, tmp_path: Path) -> None:
    provenance.write_provenance(tmp_path, told)
    (tmp_path / "invocation.json").unlink()
    if content is not None:
        (tmp_path / "invocation.json").write_text(content)
    assert provenance.read_provenance(tmp_path) == provenance.split(told)[0]


def test_what_was_written_as_one_file_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text(json.dumps(told))
    assert provenance.read_provenance(tmp_path) == told
