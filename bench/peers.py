"""Other people's tools, called as their documentation says, with what this version of PyTorch warns about silenced.

Each function returns the answer with the number of products that the tool took.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from bench.method import Answer

Batches = list[tuple[Tensor, Tensor]]
Criterion = Callable[[Tensor, Tensor], Tensor]


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what the tools do that PyTorch has come to warn about; all of it is known and harmless here."""
    with warnings.catch_warnings():
        # PyHessian keeps the gradient's graph in `.grad`: a reference cycle, freed by the next collection
        warnings.filterwarnings("ignore", "Using backward\\(\\) with create_graph=True", UserWarning)
        # PyTorch's own rules for forward-mode differentiation, which curvlinops uses, are compiled in an old way
        warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", FutureWarning)
        warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", DeprecationWarning)
        yield


@contextmanager
def counted_pyhessian() -> Iterator[list[int]]:
    """Count PyHessian's products, in the list's one entry, by standing before the function it calls for each."""
    with quiet():
        import pyhessian
    module: Any = sys.modules["pyhessian.hessian"]  # the package shadows its module by its class
    original, count = module.hessian_vector_product, [0]

    def counting(*arguments: Any) -> Any:
        count[0] += 1
        return original(*arguments)

    module.hessian_vector_product = counting
    try:
        with quiet():
            yield count
    finally:
        module.hessian_vector_product = original
    del pyhessian


def pyhessian_of(
    network: nn.Module, inputs: Tensor, targets: Tensor, *, criterion: Criterion = cross_entropy
) -> Any:
    """Return PyHessian's object for one batch; it puts gradients into the network's `.grad`."""
    with quiet():
        from pyhessian import hessian

        network.zero_grad()
        return hessian(network, criterion, data=(inputs, targets), cuda=False)


def pyhessian_eigenvalues(
    network: nn.Module, inputs: Tensor, targets: Tensor, n_largest: int, seed: int, **options: Any
) -> Answer:
    """Return PyHessian's largest eigenvalues, in its order. Options: `tol`, `maxIter`."""
    torch.manual_seed(seed)
    with counted_pyhessian() as count:
        tool = pyhessian_of(network, inputs, targets)
        values, _ = tool.eigenvalues(top_n=n_largest, **options)
    return Answer(values=torch.tensor(values, dtype=torch.float64), n_products=count[0])


def pyhessian_trace(network: nn.Module, inputs: Tensor, targets: Tensor, seed: int, **options: Any) -> Answer:
    """Return PyHessian's trace, the mean of its samples. Options: `tol` (0 keeps it from stopping), `maxIter`."""
    torch.manual_seed(seed)
    with counted_pyhessian() as count:
        samples = pyhessian_of(network, inputs, targets).trace(**options)
    return Answer(values=torch.tensor(float(np.mean(samples)), dtype=torch.float64), n_products=count[0])


def curvlinops_operator(network: nn.Module, batches: Batches, *, matrix: str = "Hessian") -> Any:
    """Return curvlinops' linear operator, `matrix` "Hessian" or "GGN", without its check that data are the same."""
    with quiet():
        import curvlinops

        operator = getattr(curvlinops, f"{matrix}LinearOperator")
        return operator(
            network, nn.CrossEntropyLoss(), list(network.parameters()), batches, check_deterministic=False
        )


def curvlinops_eigenvalues(
    network: nn.Module, batches: Batches, n_largest: int, seed: int, **options: Any
) -> Answer:
    """Return the largest eigenvalues by scipy's `eigsh` on curvlinops' Hessian, in falling order. Option: `tol`."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    operator = curvlinops_operator(network, batches).to_scipy()
    count = [0]

    def product(vector: np.ndarray) -> np.ndarray:
        count[0] += 1
        result: np.ndarray = operator @ vector
        return result

    start = np.random.default_rng(seed).standard_normal(operator.shape[0]).astype(operator.dtype)
    counted = LinearOperator(operator.shape, matvec=product, dtype=operator.dtype)
    with quiet():
        values = eigsh(counted, k=n_largest, which="LA", v0=start, return_eigenvectors=False, **options)
    return Answer(values=torch.from_numpy(np.sort(values)[::-1].copy()).double(), n_products=count[0])


def curvlinops_trace(
    network: nn.Module, batches: Batches, estimator: str, seed: int, *, num_matvecs: int
) -> Answer:
    """Return the trace by one of curvlinops' estimators: "hutchinson_trace", "hutchpp_trace" or "xtrace"."""
    torch.manual_seed(seed)
    with quiet():
        import curvlinops

        value = getattr(curvlinops, estimator)(curvlinops_operator(network, batches), num_matvecs)
    return Answer(values=value.detach().double(), n_products=num_matvecs)


def eigenthings_operator(network: nn.Module, batches: Batches) -> Any:
    """Return hessian-eigenthings' Hessian; it averages over batches, whatever their sizes."""
    with quiet():
        from hessian_eigenthings import HessianOperator, supervised_loss

        return HessianOperator(network, batches, supervised_loss(nn.CrossEntropyLoss()))


def eigenthings_eigenvalues(
    network: nn.Module, batches: Batches, n_largest: int, seed: int, **options: Any
) -> Answer:
    """Return the eigenvalues of hessian-eigenthings' `lanczos`. Options: `max_iter`, `which`, `tol`."""
    result = eigenthings_lanczos(network, batches, seed=seed, k=n_largest, **options)
    return Answer(values=result.eigenvalues.double(), n_products=result.iterations)


def eigenthings_lanczos(network: nn.Module, batches: Batches, *, seed: int, **options: Any) -> Any:
    """Return hessian-eigenthings' result of `lanczos` with its own option names."""
    with quiet():
        from hessian_eigenthings import lanczos

        return lanczos(eigenthings_operator(network, batches), seed=seed, **options)


def eigenthings_trace(network: nn.Module, batches: Batches, seed: int, **options: Any) -> Answer:
    """Return hessian-eigenthings' trace. Options: `num_matvecs` (100 by default), `method`."""
    with quiet():
        from hessian_eigenthings import trace

        result = trace(eigenthings_operator(network, batches), seed=seed, **options)
    return Answer(values=torch.tensor(result.estimate), n_products=options.get("num_matvecs", 100))


def loss_landscapes_plane(
    network: nn.Module, metric: Callable[[Any], float], n_points: int, seed: int, **options: Any
) -> Tensor:
    """Return loss-landscapes' `random_plane` of a copy of the network, as one vector.

    The metric is called with the tool's wrapper at each of its points, in its order.
    """
    torch.manual_seed(seed)
    with quiet():
        import loss_landscapes
        from loss_landscapes.metrics.metric import Metric

        class Given(Metric):  # type: ignore[misc]
            def __call__(self, wrapper: Any) -> float:
                return metric(wrapper)

        values = loss_landscapes.random_plane(
            network, Given(), steps=n_points, normalization="filter", deepcopy_model=True, **options
        )
    return torch.from_numpy(np.asarray(values)).double().reshape(-1)
