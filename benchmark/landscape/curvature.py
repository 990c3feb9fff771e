"""Products of curvature matrices with vectors, and the graphs that make them cheap.

A product needs the graph of the gradient. Kept from one product to the next, it saves the forward and the first
backward pass: two thirds of a gradient. Every product is exact up to rounding.

Legend of shape suffixes: B examples of a chunk, K outputs, P weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

Product = Callable[[Tensor], Tensor]
Built = tuple[Product, int]  # with the bytes that it keeps
Result = TypeVar("Result")


def hessian_product(loss: Product, theta_P: Tensor) -> Product:
    """Return v -> H v for the Hessian H of `loss`, a scalar function of the weights, at `theta_P`.

    By double backward. The graph of the gradient lives as long as the returned function. Almost everywhere, for
    ReLU: kinks are ignored. A product costs 0.9, 1.8 and 2.4 gradients on two perceptrons (1,810 and 26,122 weights,
    2,000 examples) and a convolutional network (33,546 weights, 500 pictures of 28 x 28), least of 15 on one thread.
    `torch.func.linearize` takes 0.7, 1.8 and 1.7, but 0.1 to 0.6 s for every new theta, and 4 s for the 915 modules
    that it loads in every new process.

    Source: Pearlmutter 1994 for the product at the cost of a gradient.

    Example:
        >>> import torch
        >>> from benchmark.landscape.curvature import hessian_product
        >>> product = hessian_product(lambda w: w[0] ** 2 * w[1], torch.tensor([1.0, 1.0]).double())
        >>> product(torch.tensor([1.0, 0.0]).double()).tolist()  # the first column of [[2, 2], [2, 0]]
        [2.0, 2.0]
    """
    theta_P = theta_P.detach().requires_grad_()
    (gradient_P,) = torch.autograd.grad(loss(theta_P), theta_P, create_graph=True)
    return lambda vector_P: pulled_back(gradient_P, theta_P, vector_P)


def gauss_newton_product(outputs: Product, loss: Product, theta_P: Tensor) -> Product:
    """Return v -> J' (H_out (J v)), J = d outputs / d theta and H_out the Hessian of `loss` in the outputs.

    J v is the derivative of J' u in the direction of u, of which J' u is a linear function; that takes reverse mode
    alone, which every layer has.

    Args:
        outputs: theta_P -> outputs, shape (B, K).
        loss: outputs -> scalar.
        theta_P: weights, shape (P,).

    Source: Schraudolph 2002, section 3.

    Example:
        >>> import torch
        >>> from benchmark.landscape.curvature import gauss_newton_product, hessian_product
        >>> square, loss = lambda w: w.square().view(1, 1), lambda outputs: outputs.square().sum() / 2
        >>> theta, one = torch.tensor([3.0]).double(), torch.tensor([1.0]).double()
        >>> gauss_newton_product(square, loss, theta)(one).tolist()  # (2 w)^2
        [36.0]
        >>> hessian_product(lambda w: loss(square(w)), theta)(one).tolist()  # of w^4 / 2: 6 w^2
        [54.0]
    """
    theta_P = theta_P.detach().requires_grad_()
    outputs_BK = outputs(theta_P)
    u_BK = torch.zeros_like(outputs_BK, requires_grad=True)
    (pulled_P,) = torch.autograd.grad(
        torch.dot(outputs_BK.reshape(-1), u_BK.reshape(-1)), theta_P, create_graph=True
    )
    leaf_BK = outputs_BK.detach().requires_grad_()
    (slope_BK,) = torch.autograd.grad(loss(leaf_BK), leaf_BK, create_graph=True)

    def product(vector_P: Tensor) -> Tensor:
        tangent_BK = pulled_back(pulled_P, u_BK, vector_P)
        return pulled_back(outputs_BK, theta_P, pulled_back(slope_BK, leaf_BK, tangent_BK))

    return product


class KeptGraphs:
    """The products of a data set's first chunks, kept as long as their graphs fit into a number of bytes.

    Attributes:
        kept: number of examples and product of every kept chunk, in order.
        n_covered: examples in the kept chunks.
    """

    def __init__(self, n_bytes: int) -> None:
        self.kept: list[tuple[int, Product]] = []
        self.n_covered = 0
        self._n_bytes_left = n_bytes

    def built(self, build: Callable[[], Built], n_examples: int) -> Product:
        """Return the product that `build` makes for the next chunk; keep it if memory allows."""
        product, n_bytes = build()
        if self._n_bytes_left <= 0:
            return product
        self._n_bytes_left -= n_bytes
        if self._n_bytes_left >= 0:
            self.kept.append((n_examples, product))
            self.n_covered += n_examples
        return product

    def drop(self) -> None:
        """Forget all graphs, and keep none from now on."""
        self.kept.clear()
        self.n_covered = self._n_bytes_left = 0


def room_for_graphs(device: torch.device) -> int:
    """Return the bytes that graphs may take: half of what is free on a GPU, 1 GiB elsewhere."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0]) // 2
    return 2**30


def with_size(build: Callable[[], Result]) -> tuple[Result, int]:
    """Return what is built and the bytes of the tensors that its graph saves (inputs and weights included)."""
    sizes: dict[int, int] = {}

    def counted(tensor: Tensor) -> Tensor:
        sizes[tensor.data_ptr()] = max(tensor.nbytes, sizes.get(tensor.data_ptr(), 0))
        # saved itself, the result of an operation would hold its own graph, which then is never freed
        return tensor.detach()

    with torch.autograd.graph.saved_tensors_hooks(counted, lambda tensor: tensor):
        built = build()
    return built, sum(sizes.values())


def pulled_back(value: Tensor, at: Tensor, vector: Tensor) -> Tensor:
    """Return (d value / d at)' vector and keep the graph; zero where `value` does not depend on anything.

    The vector enters by an inner product. As an argument of `torch.autograd.grad` it would do the same to the last bit,
    but have torch load its symbolic shapes: 484 modules and about a second in every new process.
    """
    if not value.requires_grad:
        return torch.zeros_like(at)
    inner = torch.dot(value.reshape(-1), vector.reshape(-1))
    (result,) = torch.autograd.grad(inner, at, retain_graph=True, materialize_grads=True)
    return result
