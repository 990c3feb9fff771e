"""A network of one's own, measured as the README shows it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from benchmark.measures.barrier import barrier
from benchmark.measures.distance_from_init import distance_from_init
from benchmark.measures.hessian_eigenvalues import hessian_eigenvalues
from benchmark.measures.hessian_trace import hessian_trace
from benchmark.measures.initial_final_line import initial_final_line
from benchmark.measures.measure import Measure
from benchmark.measures.performance import performance
from benchmark.own import Network
from tests.toys import dense_hessian


def module() -> nn.Module:
    torch.manual_seed(0)
    layers = (nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3))
    return nn.Sequential(*layers).double()


def examples() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(40, 4, generator=generator, dtype=torch.float64)
    return inputs, torch.randint(0, 3, (40,), generator=generator)


def test_everything_leaves_the_module_bit_for_bit_as_it_was(tmp_path: Path) -> None:
    own = module().train()
    own(examples()[0])  # running statistics of its own
    before = {name: value.clone() for name, value in own.state_dict().items()}
    network = Network(own, *examples())
    network.surface(n_points=5, batch_norm="recalibrated").save(tmp_path / "surface.png")
    network.eigenvalues(2)
    network.sharpness()
    after = own.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert own.training and all(weight.grad is None for weight in own.parameters())
    assert (tmp_path / "surface.png").stat().st_size > 10_000


def test_surface_has_the_loss_and_the_error_of_the_module_at_its_centre() -> None:
    own, (inputs, targets) = module().eval(), examples()
    surface = Network(own, inputs, targets).surface(n_points=5)
    outputs = own(inputs).detach()
    assert surface.loss.shape == surface.error.shape == (5, 5)
    assert surface.loss[2, 2] == pytest.approx(
        nn.functional.cross_entropy(outputs, targets).item(), abs=1e-14
    )
    assert surface.error[2, 2] == pytest.approx((outputs.argmax(1) != targets).double().mean().item())
    assert surface.numbers["center_loss"] == surface.loss[2, 2]
    np.testing.assert_allclose(surface.alpha, np.linspace(-1, 1, 5))


def test_eigenvalues_are_those_of_the_dense_hessian() -> None:
    network = Network(module(), *examples())
    dense = torch.linalg.eigvalsh(dense_hessian(network.trained.landscape())).flip(0)
    assert network.eigenvalues(3) == pytest.approx(dense[:3].tolist(), rel=1e-5)


def test_what_should_be_known_of_a_number_is_a_warning() -> None:
    network = Network(module(), *examples())
    with pytest.warns(UserWarning, match="hessian_eigenvalues"):
        network.numbers(hessian_eigenvalues(n_largest=3, n_smallest=0, max_steps=4))


def test_sharpness_is_that_of_the_seed() -> None:
    one, same = (Network(module(), *examples(), seed=1).sharpness(0.1) for _ in range(2))
    assert one == same > Network(module(), *examples()).sharpness(0.01)


class Returning(nn.Module):
    """A linear network that returns its logits in some other form."""

    def __init__(self, form: Callable[[torch.Tensor], Any]) -> None:
        super().__init__()
        self.inner, self.form = nn.Linear(4, 3).double(), form

    def forward(self, inputs: torch.Tensor) -> Any:
        return self.form(self.inner(inputs))


def each_loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return nn.functional.cross_entropy(outputs, targets, reduction="none")


def shared_loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return each_loss(outputs, targets).mean().expand(len(outputs))


INPUTS, TARGETS = examples()
BAD_ARGUMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "no module": ({"module": len}, r"module is a builtin.*, not a torch\.nn\.Module"),
    "swapped": (
        {"module": INPUTS, "inputs": module()},
        r"a torch\.Tensor.*Network\(module, inputs, targets\)",
    ),
    "inputs of numpy": (
        {"inputs": INPUTS.numpy()},
        r"inputs is a numpy\.ndarray.*torch\.as_tensor\(inputs\)",
    ),
    "targets in a list": ({"targets": TARGETS.tolist()}, r"targets is a list.*torch\.as_tensor\(targets\)"),
    "test of numpy": ({"test": (INPUTS, TARGETS.numpy())}, r"test\[1\] is a numpy\.ndarray"),
    "test without targets": ({"test": INPUTS}, r"test is a torch\.Tensor; give a pair"),
    "a number": ({"targets": torch.tensor(1)}, "targets is a single number"),
    "empty": ({"inputs": INPUTS[:0], "targets": TARGETS[:0]}, "inputs is empty; give at least one example"),
    "no parameters": ({"module": nn.ReLU()}, r"module, a torch.*ReLU, has no parameters"),
    "frozen": ({"module": module().requires_grad_(False)}, r"is frozen.*module\.requires_grad_\(True\)"),
    "statistics of batches": (
        {
            "module": nn.Sequential(
                nn.Linear(4, 3).double(), nn.BatchNorm1d(3, track_running_stats=False).double()
            )
        },
        "or on chance: module, in evaluation mode, fails .Expected more than 1 value",
    ),
    "dict": ({"module": Returning(lambda f: {"logits": f})}, "module returns a dict.*returns the logits"),
    "tuple": ({"module": Returning(lambda f: (f, f))}, "module returns a tuple.*returns the logits"),
    "one for all": ({"module": Returning(lambda f: f.mean())}, r"module returns shape \(\) for 2 examples"),
    "detached": ({"module": Returning(lambda f: f.detach())}, "module returns outputs without gradient"),
    "module mixes": (
        {"module": Returning(lambda f: f - f.mean(0))},
        "on the others in its batch, or on chance",
    ),
    "loss by name": ({"loss": "mse"}, "loss is the string 'mse', not a function.*reduction='none'"),
    "error by name": ({"error": "0-1"}, "error is the string '0-1', not a function"),
    "loss of numpy": (
        {"loss": lambda f, _: f.detach().numpy()[:, 0]},
        r"loss returns a numpy\.ndarray, not a tensor",
    ),
    "loss mixes": ({"loss": shared_loss}, "loss of an example depends on the others in its batch: "),
    "loss detached": (
        {"loss": lambda f, y: each_loss(f, y).detach()},
        "loss returns a tensor without gradient",
    ),
}


@pytest.mark.parametrize(("replaced", "message"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS.keys())
def test_argument_that_cannot_be_measured_is_named_with_what_to_do(
    replaced: dict[str, Any], message: str
) -> None:
    arguments: dict[str, Any] = {"module": module(), "inputs": INPUTS, "targets": TARGETS} | replaced
    with pytest.raises(ValueError, match=message):
        Network(**arguments)


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        ("hessian_trace", r"measure is the string 'hessian_trace'.*write numbers\(hessian_trace\(\)\)"),
        (
            hessian_eigenvalues,
            r"function hessian_eigenvalues itself.*write numbers\(hessian_eigenvalues\(\)\)",
        ),
        (None, r"measure is a NoneType.*write numbers\(hessian_trace\(\)\)"),
        (barrier(), r"barrier takes 2 networks.*barrier\(\)\.compute\(first\.trained, second\.trained\)$"),
    ],
)
def test_what_is_no_measure_of_one_network_is_refused(measure: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Network(module(), *examples()).numbers(measure)


@pytest.mark.parametrize(
    "measure", [distance_from_init(), initial_final_line(n_points=3)], ids=lambda one: one.family
)
def test_what_needs_the_initial_weights_is_refused_without_them(measure: Measure) -> None:
    with pytest.raises(ValueError, match=r"needs the initial weights, and none were given; .*initial=\.\.\."):
        Network(module(), *examples()).numbers(measure)


def test_distance_is_from_the_initial_weights_that_were_given() -> None:
    own = module()
    before = copy.deepcopy(own.state_dict())
    with torch.no_grad():
        own[0].bias += 3.0  # type: ignore[index]
    network = Network(own, *examples(), initial=before)
    assert network.numbers(distance_from_init())["value"] == pytest.approx(3 * np.sqrt(6))
    before["0.bias"] += 1.0
    assert network.numbers(distance_from_init())["value"] == pytest.approx(3 * np.sqrt(6))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "0.weight .* and initial has none"),
        ({"0.weight": torch.ones(2, 2)}, r"initial has shape \(2, 2\)"),
    ],
)
def test_initial_weights_of_another_network_are_refused(given: dict[str, torch.Tensor], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Network(module(), *examples(), initial=given)


def test_steps_of_a_training_that_nobody_saw_are_left_out() -> None:
    assert set(Network(module(), *examples()).numbers(performance())) == {"train_loss", "train_error"}


def test_checks_let_through_what_can_be_measured() -> None:
    partly = module().float()
    next(partly.parameters()).requires_grad_(False)
    with torch.no_grad():
        one = Network(partly, INPUTS[:1].float(), TARGETS[:1], loss=each_loss)
    assert np.isfinite(one.numbers(hessian_trace(n_probes=2))["value"])
    fitted = Returning(lambda f: f * 1e3).float()  # losses near 0 and large logits: rounding is no mixing
    Network(fitted, INPUTS.float(), fitted(INPUTS.float()).argmax(1))
    diverged = Returning(lambda f: f * torch.nan)
    with pytest.warns(UserWarning, match="not finite"):
        assert np.isnan(Network(diverged, INPUTS, TARGETS).surface(n_points=3).loss).all()


def test_network_and_surface_are_shown_in_a_line() -> None:
    network = Network(module(), *examples())
    assert repr(network) == "Network(Sequential, 63 parameters, 40 examples of shape (4,), 0 test examples)"
    assert repr(network.surface(n_points=3)) == (
        f"Surface(alpha: (3,), beta: (3,), loss: (3, 3), error: (3, 3), numbers: "
        f"{len(network.surface(n_points=3).numbers)})"
    )
