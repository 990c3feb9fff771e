"""A network of one's own, measured as the README shows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from benchmark.measures.hessian_eigenvalues import hessian_eigenvalues
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
