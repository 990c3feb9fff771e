"""params.yaml as it is written: every knob with what it may be, and values kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmark.store.workspace import find_workspace
from benchmark.suite import params_file
from benchmark.suite.params import ParamsError, read
from tests import root


def test_written_file_reads_back_and_keeps_values(suites_dir: Path) -> None:
    path = suites_dir.parent / "params.yaml"
    path.write_text(
        "profile: small\nsuites: {width: {lr: 1e-3, batch_sizes: [1, 2], norm: 'batch', gone: null, n_train: none}}\n"
    )
    assert params_file.update(path, suites_dir)
    written = read(path, suites_dir)
    assert written.profile == "small"
    assert written.suites["width"] == {"lr": 0.001, "batch_sizes": (1, 2), "norm": "batch", "n_train": None}
    assert not params_file.update(path, suites_dir)


def test_written_file_lists_every_knob_with_what_it_may_be(suites_dir: Path) -> None:
    path = suites_dir.parent / "params.yaml"
    params_file.update(path, suites_dir)
    text = path.read_text()
    assert "    # one of none, batch; none\n    norm: null\n" in text
    assert "    # text; ci digits, small cifar10, full digits\n    data: null\n" in text
    assert "    # a list, each item an integer; [0, ..., 9]\n" in text


def test_a_file_with_problems_is_left_alone(suites_dir: Path) -> None:
    path = suites_dir.parent / "params.yaml"
    path.write_text("suites: {width: {gone: 3}}\n")
    with pytest.raises(ParamsError, match="unknown key"):
        params_file.update(path, suites_dir)
    assert "gone: 3" in path.read_text()


def test_a_file_is_in_step_however_it_is_laid_out(suites_dir: Path) -> None:
    path = suites_dir.parent / "params.yaml"
    assert not params_file.is_in_step(path, suites_dir)
    params_file.update(path, suites_dir)
    lines = [line for line in path.read_text().splitlines() if not line.strip().startswith("#")]
    path.write_text("\n".join(lines).replace("lr: null", "lr:"))
    assert params_file.is_in_step(path, suites_dir)
    path.write_text("\n".join(line for line in lines if "lr:" not in line))
    assert not params_file.is_in_step(path, suites_dir)


def test_the_repository_s_file_is_in_step_with_its_suites(tmp_path: Path) -> None:
    workspace, copied = find_workspace(root), tmp_path / "params.yaml"
    shutil.copy(workspace.params, copied)
    assert not params_file.update(copied, workspace.suites), (
        "its knobs or comments are others: lossbench params"
    )


def test_a_suite_with_a_mistake_keeps_its_knobs(tmp_path: Path) -> None:
    shutil.copytree(root / "suites" / "width", tmp_path / "suites" / "width")
    path, code = tmp_path / "params.yaml", tmp_path / "suites" / "width" / "suite.py"
    params_file.update(path, tmp_path / "suites")
    path.write_text(path.read_text().replace("    lr: null", "    lr: 0.05", 1))
    before = path.read_text()
    code.write_text(code.read_text().replace("MLP(width=", "MLP(witdh="))
    with pytest.raises(TypeError, match="witdh"):
        params_file.update(path, tmp_path / "suites")
    assert path.read_text() == before
