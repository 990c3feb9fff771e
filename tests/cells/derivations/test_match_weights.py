"""A network whose hidden units are in the order of another's."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from benchmark.cells.derivations.match_weights import MatchWeights
from benchmark.cells.derivations.permute_units import PermuteUnits
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.results import records
from benchmark.run.complete import bench_of, complete
from benchmark.run.device import resolve_device
from benchmark.run.measuring import loaded
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import plan
from tests.cells.derivations.parents import derived_network
from tests.cells.models.networks import Model, batch, built, images, scrambled
from tests.mutants import Mutant, red_with

task = images(3, 8)
suite_path = Path(__file__).parent / "matched_suite"


def network(model: Model, seed: int = 0) -> dict[str, Tensor]:
    return scrambled(built(model, task), seed).state_dict()


@red_with(
    Mutant(MatchWeights.derive, "permuted(other.weights, ", "permuted(reference.weights, "),
    Mutant(
        MatchWeights.derive,
        "match(reference.weights, other.weights, ",
        "match(other.weights, other.weights, ",
    ),
)
def test_the_second_network_is_brought_to_the_first() -> None:
    model = ResNet(depth=8, width=8)
    reference = network(model)
    other = derived_network(PermuteUnits(), task, [(model, reference)], seed=3)
    assert not torch.equal(other["stem.0.weight"], reference["stem.0.weight"])
    found = derived_network(MatchWeights(), task, [(model, reference), (model, other)])
    assert list(found) == list(other)
    assert all(torch.equal(found[name], value) for name, value in reference.items())


def test_the_function_stays_that_of_the_second_network() -> None:
    model = MLP(width=16, depth=3)
    other, inputs = scrambled(built(model, task), 1), batch(task)[0].double()
    before = other(inputs).detach()
    found = derived_network(MatchWeights(), task, [(model, network(model)), (model, other.state_dict())])
    other.load_state_dict(found)
    torch.testing.assert_close(other(inputs).detach(), before, rtol=0, atol=1e-13)


def test_parents_that_cannot_be_matched_are_refused() -> None:
    small, large = MLP(width=4), MLP(width=5)
    with pytest.raises(ValueError, match="takes two parents, reference and other, not 1"):
        derived_network(MatchWeights(), task, [(small, network(small))])
    with pytest.raises(ValueError, match=r"are MLP\(width=4.*MLP\(width=5.*match cells of one model spec"):
        derived_network(MatchWeights(), task, [(small, network(small)), (large, network(large))])


@pytest.mark.slow
def test_derived_networks_are_stored_and_measured(forked: None, tmp_path: Path) -> None:
    folder, workspace = SuiteFolder(path=suite_path), Workspace(tmp_path)
    laid_out = plan(folder, profile="ci", config=folder.suite.profiles["ci"])
    outcome = complete(laid_out, workspace, device="cpu", n_workers=1)
    assert outcome.by_status == {"done": 5}
    bench = bench_of("ci", workspace, resolve_device("cpu"))
    first, second, elsewhere, back, matched = (
        loaded(cell, bench).module.state_dict() for cell in laid_out.cells
    )
    assert not torch.equal(elsewhere["layer1.0.weight"], first["layer1.0.weight"])
    assert all(torch.equal(back[name], value) for name, value in first.items())
    assert not torch.equal(matched["layer1.0.weight"], second["layer1.0.weight"])
    rows = records.read(outcome.results / "records.parquet").query("quantity == 'test_error'")
    errors = {keys[0]: value for keys, value in zip(rows["cells"], rows["value"], strict=True)}
    found = [errors[cell.key] for cell in laid_out.cells]
    assert found[0] == found[2] == found[3] and found[1] == found[4]
