"""The plane through three solutions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.landscape.trained import Trained
from benchmark.measures.measure import Result
from benchmark.measures.three_solution_plane import three_solution_plane
from tests.mutants import Mutant, red_with
from tests.toys import batch_norm_net, quadratic, relu_net, tensor

curvatures = tensor(1.0, 4.0, 2.0)
points = ((0.0, 0.0, 1.0), (2.0, 0.0, 1.0), (1.0, 3.0, 1.0))


def three() -> list[Trained]:
    return [quadratic(curvatures, tensor(*point)) for point in points]


def readings(result: Result) -> dict[tuple[str, float], float]:
    return {(reading.quantity, reading.index.get("corner", 0)): reading.value for reading in result.readings}


@red_with(
    Mutant(three_solution_plane, "torch.stack(thetas).mean(dim=0)", "torch.stack(thetas).sum(dim=0)"),
    Mutant(three_solution_plane, "start=1", "start=0"),
)
def test_the_networks_own_losses_are_those_of_the_corners() -> None:
    result = three_solution_plane(n_points=3).compute(*three())
    own = {
        ("corner_loss", k + 1): network.landscape().loss(tensor(*point))
        for k, (network, point) in enumerate(zip(three(), points, strict=True))
    }
    assert readings(result) == pytest.approx({**own, ("centroid_loss", 0): 0.5 * (1 + 4 + 2)})
    np.testing.assert_allclose(result.arrays["corners"], [(0, 0), (2, 0), (1, 3)], atol=1e-12)


@red_with(
    Mutant(
        three_solution_plane,
        "table.reshape(len(plane.alpha), len(plane.beta), -1)",
        "table.reshape(len(plane.alpha), len(plane.beta), -1).swapaxes(0, 1)",
    )
)
def test_every_node_has_the_loss_of_its_place() -> None:
    arrays = three_solution_plane(n_points=5, margin=0.5).compute(*three()).arrays
    assert (arrays["alpha"][0], arrays["alpha"][-1]) == pytest.approx((-1, 3))
    assert (arrays["beta"][0], arrays["beta"][-1]) == pytest.approx((-1.5, 4.5))
    expected = 0.5 * (arrays["alpha"][:, None] ** 2 + 4 * arrays["beta"][None, :] ** 2 + 2)
    np.testing.assert_allclose(arrays["train_loss"], expected, rtol=1e-12)
    np.testing.assert_allclose(arrays["test_loss"], expected, rtol=1e-12)


def test_statistics_are_estimated_anew_at_every_point_unless_told_otherwise() -> None:
    nets = [batch_norm_net(seed) for seed in range(3)]
    nets = [replace(net, splits=nets[0].splits) for net in nets]
    for policy in ("recalibrated", "frozen"):
        arrays = three_solution_plane(n_points=3, margin=0.0, batch_norm=policy).compute(*nets).arrays
        landscape = nets[0].landscape(batch_norm=policy)
        assert arrays["train_loss"][0, 0] == pytest.approx(landscape.loss(landscape.theta), rel=1e-12)


def test_networks_that_have_no_plane_are_refused() -> None:
    net = relu_net()
    with pytest.raises(ValueError, match="lie on a line"):
        three_solution_plane().compute(net, net, relu_net(1))
    with pytest.raises(ValueError, match="differ in architecture"):
        three_solution_plane().compute(net, relu_net(1), batch_norm_net())
