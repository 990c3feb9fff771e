"""The script that makes the stored signals again."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from benchmark.cells.data import make_mnist1d
from benchmark.cells.data.make_mnist1d import encoded, main, quantized
from benchmark.cells.data.mnist1d import read_signals, sha256, stored
from tests.mutants import Mutant, red_with


def test_the_stored_signals_are_encoded_to_the_stored_bytes() -> None:
    signals = read_signals(stored)
    assert encoded(signals.inputs[:, 0].numpy(), signals.targets.numpy()) == stored.read_bytes()


@red_with(Mutant(quantized, "* steps_per_unit", "* 2047"), Mutant(quantized, "np.rint", "np.floor"))
def test_values_are_rounded_to_the_nearest_step() -> None:
    steps = quantized(np.array([[0.0, 1.0, -5.5, 0.6 / 2048, -0.4 / 2048, 1.5 / 2048]]))
    assert steps.tolist() == [[0, 2048, -11264, 1, 0, 2]]
    assert steps.dtype == np.int16


def test_without_the_package_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(make_mnist1d, "version", version)
    assert main([]) == 2
    assert capsys.readouterr().err.endswith("found: none; pip install mnist1d==0.0.2.post1\n")


def test_other_signals_are_told_with_both_hashes_and_written_only_when_asked_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mnist1d.npy.bz2"
    path.write_bytes(stored.read_bytes())
    monkeypatch.setattr(make_mnist1d, "made", lambda: (np.zeros((2, 40)), np.zeros(2)))
    monkeypatch.setattr(make_mnist1d, "version", lambda name: "1")
    monkeypatch.setattr(make_mnist1d, "stored", path)
    assert main([]) == 1
    told = capsys.readouterr().out
    assert sha256 in told and "they differ" in told
    assert path.read_bytes() == stored.read_bytes()
    assert main(["--write"]) == 1  # the code says another hash still
    assert path.read_bytes() == encoded(np.zeros((2, 40)), np.zeros(2))


def test_equal_signals_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    signals = read_signals(stored)
    again = signals.inputs[:, 0].numpy() / 2048, signals.targets.numpy()
    monkeypatch.setattr(make_mnist1d, "made", lambda: again)
    monkeypatch.setattr(make_mnist1d, "version", lambda name: "1")
    assert main([]) == 0
    assert capsys.readouterr().out.count(sha256) == 2


@pytest.mark.slow
def test_the_package_makes_the_stored_bytes() -> None:
    if importlib.util.find_spec("mnist1d") is None:
        pytest.skip("mnist1d is not installed; pip install mnist1d==0.0.2.post1")
    assert main([]) == 0
