"""Curvature products against brute force, and the graphs they keep."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.functional import hessian, jacobian
from torch.func import functional_call

from benchmark.cells.data.task import regression
from benchmark.landscape import chunks, curvature
from benchmark.landscape.by_autograd import ByAutograd
from benchmark.landscape.chunks import InChunks
from benchmark.landscape.curvature import KeptGraphs, gauss_newton_product, hessian_product
from benchmark.landscape.loss import Landscape
from benchmark.landscape.trained import Trained
from benchmark.landscape.weights import unflatten
from tests import root
from tests.mutants import Mutant, red_with
from tests.toys import batch_norm_net, classifier, dense_hessian, linear, relu_net, tensor, trained


def dense_gauss_newton(landscape: Landscape) -> Tensor:
    """Return G at the centre from one product per basis vector."""
    product = landscape.gauss_newton(landscape.theta)
    return torch.stack([product(row) for row in torch.eye(landscape.n_weights).to(landscape.theta)])


def by_definition(net: Trained) -> Tensor:
    """Return the mean over examples of J_n' H_n J_n, with J_n and H_n from autograd's own Jacobian and Hessian."""
    landscape, task = net.landscape(), net.splits.task

    def outputs(theta_P: Tensor) -> Tensor:
        state = unflatten(theta_P, landscape.like)
        result: Tensor = functional_call(net.module, state, (landscape.examples.inputs,))
        return result

    J_NKP = jacobian(outputs, landscape.theta)  # type: ignore[no-untyped-call]
    terms = []
    for J_KP, output_K, target in zip(
        J_NKP, outputs(landscape.theta), landscape.examples.targets, strict=True
    ):
        H_KK = hessian(lambda o, y=target: task.loss(o[None], y[None]).sum(), output_K.detach())  # type: ignore[no-untyped-call]
        terms.append(J_KP.T @ H_KK @ J_KP)
    return torch.stack(terms).mean(0)


@pytest.mark.usefixtures("by_autograd")
@pytest.mark.parametrize("make", [relu_net, batch_norm_net])
@red_with(
    Mutant(ByAutograd.gauss_newton, ".sum() / len(inputs_B)", ".sum()"),
    Mutant(gauss_newton_product, "pulled_back(slope_BK, leaf_BK, tangent_BK)", "tangent_BK"),
)
def test_gauss_newton_products_agree_with_the_dense_matrix(make: Callable[[], Trained]) -> None:
    net = make()
    expected = by_definition(net)
    torch.testing.assert_close(dense_gauss_newton(net.landscape()), expected, rtol=0, atol=1e-12)


def test_gauss_newton_is_the_hessian_of_a_model_that_is_linear_in_its_weights() -> None:
    landscape = classifier(nn.Linear(4, 3)).landscape()
    torch.testing.assert_close(dense_gauss_newton(landscape), dense_hessian(landscape), rtol=0, atol=1e-13)


def test_gauss_newton_is_the_hessian_where_the_residuals_vanish() -> None:
    net = relu_net()
    inputs = net.splits.train.inputs
    fitted = trained(
        net.module, inputs, net.module(inputs).detach(), task=regression(input_shape=(4,), n_outputs=3)
    )
    landscape = fitted.landscape()
    torch.testing.assert_close(dense_gauss_newton(landscape), dense_hessian(landscape), rtol=0, atol=1e-12)


def test_gauss_newton_is_positive_semidefinite_where_the_hessian_is_not() -> None:
    landscape = relu_net().landscape()
    assert float(torch.linalg.eigvalsh(dense_hessian(landscape))[0]) < -0.01
    assert float(torch.linalg.eigvalsh(dense_gauss_newton(landscape))[0]) > -1e-12


@red_with(Mutant(curvature.pulled_back, "torch.zeros_like(at)", "torch.ones_like(at)"))
def test_a_loss_without_curvature_has_none() -> None:
    landscape = linear(tensor(1.0, 2.0), tensor([3.0, 4.0], [5.0, 6.0])).landscape()
    assert not landscape.hessian(landscape.theta)(tensor(1.0, 1.0)).any()
    assert not landscape.gauss_newton(landscape.theta)(tensor(1.0, 1.0)).any()


def test_recalibrated_batch_norm_has_no_gauss_newton_matrix_and_a_matrix_has_a_name() -> None:
    landscape = batch_norm_net().landscape(batch_norm="recalibrated")
    with pytest.raises(ValueError, match="has no Gauss-Newton product"):
        landscape.gauss_newton(landscape.theta)
    with pytest.raises(ValueError, match="choose one of hessian, gauss_newton"):
        landscape.product("fisher", landscape.theta)  # type: ignore[arg-type]


class Counted:
    """Counts forward passes of linear layers, 3 of which are one of `relu_net`, and fails where it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, fails_at: int | None = None) -> None:
        self.n, self.fails_at, forward = 0, fails_at, nn.Linear.forward

        def counted(layer: nn.Linear, inputs: Tensor) -> Tensor:
            self.n += 1
            if self.n == self.fails_at:
                self.fails_at = None
                raise torch.OutOfMemoryError("no more")
            return forward(layer, inputs)

        monkeypatch.setattr(nn.Linear, "forward", counted)

    def passes(self) -> int:
        """Return the number of forward passes since the last call."""
        n, self.n = self.n, 0
        return n // 3


def room(monkeypatch: pytest.MonkeyPatch, n_bytes: int) -> None:
    monkeypatch.setattr(chunks, "room_for_graphs", lambda device: n_bytes)


def bytes_of(landscape: Landscape) -> int:
    theta_1P, examples = landscape.theta.unsqueeze(0), landscape.examples
    _, n_bytes = landscape._passes.hessian(theta_1P, examples.inputs, examples.targets, None)
    return n_bytes


@pytest.mark.usefixtures("by_autograd")
@pytest.mark.parametrize("matrix", ["hessian", "gauss_newton"])
@red_with(
    Mutant(KeptGraphs.built, "self._n_bytes_left -= n_bytes", "pass"),
    Mutant(KeptGraphs.built, "self.n_covered += n_examples", "pass"),
    Mutant(KeptGraphs.built, "self.kept.append((n_examples, product))", "pass"),
    Mutant(InChunks._averaged, "yield product(vector_P) * (size / n_examples)", "yield product(vector_P)"),
)
def test_graphs_are_kept_while_they_fit_and_values_do_not_depend_on_it(
    matrix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = relu_net()
    whole, parts = net.landscape(), net.landscape(chunk_size=7)  # 30 = 4 x 7 + 2
    vector = torch.arange(83) / 83.0 + whole.theta
    expected = getattr(whole, matrix)(whole.theta)(vector)
    seven = 2 * bytes_of(whole.over(slice(0, 7)))  # a Gauss-Newton product saves less than twice as much
    passes = []
    for n_bytes in (0, int(1.8 * seven), 2**30):
        room(monkeypatch, n_bytes)
        count, product = Counted(monkeypatch), getattr(parts, matrix)(parts.theta)
        for _ in range(3):
            torch.testing.assert_close(product(vector), expected, rtol=0, atol=1e-12)
            passes.append(count.passes())
        monkeypatch.undo()
    assert passes[:3] == [5, 5, 5] and passes[6:] == [5, 0, 0]
    assert passes[3] == 5 and 0 < passes[4] == passes[5] < 5


@pytest.mark.usefixtures("by_autograd")
def test_a_kept_graph_stands_for_its_examples_when_the_chunks_change(monkeypatch: pytest.MonkeyPatch) -> None:
    net = relu_net()
    landscape = net.landscape(chunk_size=8)
    room(monkeypatch, int(1.5 * bytes_of(landscape.over(slice(0, 8)))))
    vector, product = torch.ones(83).double(), landscape.hessian(landscape.theta)
    expected = product(vector)
    landscape.chunk_size = 5
    torch.testing.assert_close(product(vector), expected, rtol=0, atol=1e-12)


@pytest.mark.usefixtures("by_autograd")
@red_with(
    Mutant(KeptGraphs.drop, "self.kept.clear()", "pass"),
    Mutant(InChunks._averaged, "graphs.drop()", "raise"),
)
def test_too_little_memory_drops_the_graphs_before_it_halves_the_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = relu_net()
    whole, parts = net.landscape(), net.landscape(chunk_size=7)
    vector = torch.ones(83).double()
    expected = whole.hessian(whole.theta)(vector)
    product, count = parts.hessian(parts.theta), Counted(monkeypatch, fails_at=10)  # in the fourth chunk
    try:
        torch.testing.assert_close(product(vector), expected, rtol=0, atol=1e-12)
    except torch.OutOfMemoryError as error:
        raise AssertionError("memory was given up") from error
    count.passes()
    torch.testing.assert_close(product(vector), expected, rtol=0, atol=1e-12)
    assert parts.chunk_size == 7 and count.passes() == 5


@pytest.mark.usefixtures("by_autograd")
def test_where_dropping_graphs_is_not_enough_the_chunks_are_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    landscape = relu_net().landscape()
    vector, forward = torch.ones(83).double(), nn.Linear.forward
    expected = landscape.hessian(landscape.theta)(vector)

    def small_memory(layer: nn.Linear, inputs: Tensor) -> Tensor:
        if len(inputs) > 8:
            raise torch.OutOfMemoryError("no more")
        return forward(layer, inputs)

    monkeypatch.setattr(nn.Linear, "forward", small_memory)
    torch.testing.assert_close(landscape.hessian(landscape.theta)(vector), expected, rtol=0, atol=1e-12)
    assert landscape.chunk_size == 8


@red_with(Mutant(curvature.with_size, "return tensor.detach()", "return tensor"))
def test_a_graph_is_freed_with_its_product() -> None:
    leaves: list[weakref.ref[Tensor]] = []

    def loss(theta_P: Tensor) -> Tensor:
        leaves.append(weakref.ref(theta_P))
        return theta_P.tanh().square().sum()  # tanh saves its own result

    graphs = KeptGraphs(2**20)
    product = graphs.built(lambda: curvature.with_size(lambda: hessian_product(loss, torch.ones(3))), 1)
    assert product(torch.ones(3)).shape == (3,) and len(graphs.kept) == 1
    graphs.drop()
    del product
    gc.collect()
    assert leaves[0]() is None


@pytest.mark.usefixtures("by_autograd")
@red_with(Mutant(curvature.with_size, "sum(sizes.values())", "len(sizes)"))
def test_the_bytes_of_a_graph_grow_with_its_examples() -> None:
    landscape = relu_net(n_examples=4000).landscape()
    half = bytes_of(landscape.over(slice(0, 2000)))
    assert bytes_of(landscape) == pytest.approx(2 * half, rel=0.05)
    hidden = 2000 * (4 + 6 + 5 + 3) * 8  # inputs, hidden and output values of the examples
    assert hidden < half < 6 * hidden


@pytest.mark.slow
def test_the_first_product_of_a_process_loads_no_symbolic_shapes() -> None:
    code = "import sys; from tests.toys import relu_net; L = relu_net().landscape(); L.hessian(L.theta)(L.theta)\n"
    code += (
        "L.gauss_newton(L.theta)(L.theta); sys.exit('torch.fx.experimental.symbolic_shapes' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
