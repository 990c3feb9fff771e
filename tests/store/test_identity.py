"""An identity changes with the code that matters, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.cells.training.sgd import SGD
from benchmark.landscape.trained import Trained
from benchmark.run.bench import Bench
from benchmark.run.measuring import place
from benchmark.store import definitions, identity, parsed_module
from benchmark.store.identity import code_hash
from benchmark.store.run_store import Store
from benchmark.suite.code import classes_of, code_of_run, code_of_suite
from benchmark.suite.folder import SuiteFolder, available
from tests import root
from tests.code import forget_code
from tests.suites.manifest import planned


def names_in(*items: object) -> set[str]:
    """Return `module: name` of every definition that items rest on."""
    found = definitions.closure(identity.definition_of(item) for item in items)
    return {
        f"{one.path.stem}: {name}"
        for one in found
        for name, group in parsed_module.module(one.path).named.items()
        if one in group
    }


def test_a_training_rests_on_what_it_uses_and_on_nothing_else() -> None:
    found = names_in(SGD)
    assert {
        "trajectory: Trajectory",
        "lanes: Lanes",
        "stacked_layers: StackedLinear",
        "sgd_update: SGDUpdate",
        "streams: derive_seed",
    } <= found
    assert not {one.partition(":")[0] for one in found} & {"splits", "loss", "measure", "rule", "page"}
    assert "adam_update: AdamUpdate" not in found


def test_every_measure_rests_on_the_landscape_and_the_data() -> None:
    # measures are given a Trained without importing it: an edited Hessian product must not leave old numbers "cached"
    found = names_in(Trained)
    assert {
        "loss: Landscape",
        "curvature: hessian_product",
        "weights: flatten",
        "streams: derive_seed",
        "task: Task",
        "splits: Splits",
    } <= found


def test_address_of_a_measure_changes_with_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(store=Store(Path("nowhere")), device="cpu", numerics={})
    record = {"weights_digest": "w", "data_digest": "d"}
    job = planned("batch_size_sharpness").jobs[0]
    before = place(job, [record], bench).identity
    text = parsed_module.source

    def edited(path: Path) -> str:
        return text(path).replace("class Landscape", "edited = True\n\n\nclass Landscape")

    def used(path: Path) -> str:
        return edited(path).replace(
            "class Landscape(InChunks):", "class Landscape(InChunks):\n    also = edited\n"
        )

    for read, is_other in ((edited, False), (used, True)):
        with monkeypatch.context() as patch:
            patch.setattr(parsed_module, "source", read)
            forget_code()
            assert (place(job, [record], bench).identity != before) is is_other
    forget_code()


@pytest.mark.parametrize("name", available(root / "suites"))
def test_what_is_added_to_any_file_retrains_and_measures_nothing_again(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, text = planned(name), parsed_module.source
    numerics = identity.numerics("cpu")

    def code() -> tuple[str, object]:
        forget_code()
        return code_of_run(plan, numerics), code_of_suite(plan)

    before = code()
    with monkeypatch.context() as patch:
        patch.setattr(parsed_module, "source", lambda path: text(path) + ADDED)
        assert code() == before
        patch.setattr(parsed_module, "source", lambda path: text(path) + "\n\nprint()\n")
        assert code() != before
    forget_code()


ADDED = """

import colorsys


@dataclass
class AnotherOptimizer(SGD):
    lr: float = 0.1


def another_layer(x):
    return colorsys.hls_to_rgb(*x), SGD, require_count
"""


@pytest.mark.parametrize("name", ["network", "begin", "_load"])
def test_initial_weights_count_for_every_cell(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cell, text = planned("width").cells[0], parsed_module.source
    before = code_hash(classes_of(cell))

    def edited(path: Path) -> str:
        return (
            text(path).replace(f"def {name}(", f"def {name}(edited, ")
            if path.name == "begin.py"
            else text(path)
        )

    with monkeypatch.context() as patch:
        patch.setattr(parsed_module, "source", edited)
        forget_code()
        assert code_hash(classes_of(cell)) != before
    forget_code()


def test_hash_depends_on_a_spec_defined_outside_the_package(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    text = (root / "tests" / "faults" / "tiny_suite" / "suite.py").read_text().replace("tiny_suite", "mine")
    (folder / "suite.py").write_text(text)
    first = code_hash([type(SuiteFolder(path=folder).suite.profiles["ci"])])
    (folder / "suite.py").write_text(text.replace("steps: int = 60", "steps: int = 61"))
    forget_code()
    assert code_hash([type(SuiteFolder(path=folder).suite.profiles["ci"])]) != first


def test_threads_are_one_unless_asked_otherwise_and_part_of_the_identity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LOSSBENCH_THREADS", raising=False)
    one = identity.numerics("cpu")
    assert one["threads"] == 1
    monkeypatch.setenv("LOSSBENCH_THREADS", "2")
    assert identity.numerics("cpu") == {**one, "threads": 2}
