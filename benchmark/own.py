"""Your own network: its loss surface, curvature and sharpness in a few lines.

    from benchmark.own import Network

    network = Network(module, inputs, targets)
    network.surface().save("surface.png")
    print(network.eigenvalues(5), network.sharpness(rho=0.05))

The module is copied and stays bit for bit as it is; training mode, gradients and buffers included.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from torch import Tensor, nn

from benchmark.landscape.admission import check_loss, checked_outputs, kind_of, returning_tensors
from benchmark.landscape.trained import Trained
from benchmark.measures.hessian_eigenvalues import hessian_eigenvalues
from benchmark.measures.loss_surface import loss_surface
from benchmark.measures.measure import Measure, Result
from benchmark.measures.sam_sharpness import sam_sharpness

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from benchmark.cells.data.task import PerExample

Point = TypeVar("Point")
Grid = np.ndarray[Any, Any]
of_a_history = (
    "n_steps",
)  # quantities that the history of a training tells, which a network from elsewhere lacks


@dataclass(frozen=True, kw_only=True)
class Surface:
    """L(theta + alpha d + beta e) over a grid, and what it says in numbers.

    Attributes:
        alpha: shape (A,); the trained point is at 0.
        beta: shape (B,).
        loss: nats per example (or your loss), shape (A, B); what is not finite is kept.
        error: in [0, 1], shape (A, B); NaN where there is none.
        numbers: `log10_max`, `negative_fraction`, `contour_area`, ...; see `loss_surface`.
    """

    alpha: Grid
    beta: Grid
    loss: Grid
    error: Grid
    numbers: dict[str, float]

    def __repr__(self) -> str:
        """Shapes alone: the arrays would fill the screen."""
        arrays = {"alpha": self.alpha, "beta": self.beta, "loss": self.loss, "error": self.error}
        shapes = ", ".join(f"{name}: {values.shape}" for name, values in arrays.items())
        return f"Surface({shapes}, numbers: {len(self.numbers)})"

    def figure(self) -> Figure:
        """Draw filled contours on a logarithmic scale; the trained point is a cross."""
        from matplotlib.figure import Figure

        from benchmark.report.figures.color_bar import draw_color_bar
        from benchmark.report.figures.contours import draw_contours
        from benchmark.report.figures.theme import theme

        with theme():
            figure = Figure(figsize=(4.8, 3.8))
            axes = figure.subplots()
            shown = draw_contours(axes, self.alpha, self.beta, self.loss)
            draw_color_bar(shown, axes, label="loss per example")
            axes.set(xlabel="alpha", ylabel="beta")
        return figure

    def save(self, path: str | Path) -> None:
        """Draw it into a file; the ending (.png, .pdf, .svg) says which kind."""
        from benchmark.report.figures.theme import theme

        with theme():
            self.figure().savefig(path, dpi=200, facecolor="white", bbox_inches="tight")


class Network:
    """A network that was trained elsewhere, with the examples that its loss is taken over.

    Attributes:
        trained: what measures are given; `measure(...).compute(network.trained)` computes any of them.

    Example:
        >>> import torch
        >>> from benchmark.measures.performance import performance
        >>> from benchmark.own import Network
        >>> module = torch.nn.Linear(2, 2, bias=False).double()  # yours, trained
        >>> _ = torch.nn.init.zeros_(module.weight)
        >>> network = Network(module, torch.eye(2).double(), torch.tensor([0, 1]))
        >>> network
        Network(Linear, 4 parameters, 2 examples of shape (2,), 0 test examples)
        >>> [round(value, 6) for value in network.eigenvalues(2)]  # 1/2 at two equal logits, in half of the examples
        [0.25, 0.25]
        >>> round(network.numbers(performance())["train_loss"], 3)  # log 2
        0.693
    """

    def __init__(
        self,
        module: nn.Module,
        inputs: Tensor,
        targets: Tensor,
        *,
        test: tuple[Tensor, Tensor] | None = None,
        loss: PerExample | None = None,
        error: PerExample | None = None,
        initial: Mapping[str, Tensor] | None = None,
        seed: int = 0,
    ) -> None:
        """Copy `module`; the other arguments are those of `Trained.of`.

        Args:
            module: the network.
            inputs: of the training examples.
            targets: of the training examples.
            test: inputs and targets of the test split.
            loss: of every example.
            error: of every example.
            initial: a copy of `module.state_dict()` from before the first step; without it, what asks how far training
                came (`distance_from_init`, `initial_final_line`) is refused.
            seed: of the random numbers of measures.

        Raises:
            ValueError: for an argument that cannot be measured; the message says which, why, and what to do.
        """
        outputs = checked_outputs(module, inputs, targets, test=test, loss=loss, error=error)
        own = Trained.of(
            module,
            inputs,
            targets,
            test=test,
            loss=returning_tensors("loss", loss),
            error=returning_tensors("error", error),
            seed=seed,
        )
        check_loss(own.splits.task.loss, outputs, targets[:2])
        self.trained = replace(own, initial=_initial(module, initial), tabulate=_with_progress)

    def __repr__(self) -> str:
        """Name the module, with its number of parameters, and count the examples."""
        module, splits = self.trained.module, self.trained.splits
        n_parameters = sum(weight.numel() for weight in module.parameters())
        return (
            f"Network({type(module).__name__}, {n_parameters:,} parameters, {len(splits.train):,} examples of shape "
            f"{splits.task.input_shape}, {len(splits.test):,} test examples)"
        )

    def measure(self, measure: Measure) -> Result:
        """Compute any measure of a single network; what should be known of its numbers is warned of.

        Numbers that only the history of a training tells, `n_steps` of `performance`, are left out.

        Raises:
            ValueError: for what is no measure, or one of several networks, or what needs initial weights without any.
        """
        _check_measure(measure)
        self.trained.notes.clear()
        result = _without_history(measure.compute(self.trained))
        for note in dict.fromkeys(self.trained.notes):
            warnings.warn(f"{measure.label}: {note}", stacklevel=2)
        return result

    def numbers(self, measure: Measure) -> dict[str, float]:
        """Compute any measure of a single network; its numbers by quantity, points of curves as `name[rank=1]`."""
        return {
            _name(reading.quantity, reading.index): reading.value
            for reading in self.measure(measure).readings
        }

    def surface(
        self,
        *,
        n_points: int = 25,
        half_width: float = 1.0,
        normalize: Literal["filter", "layer", "none"] = "filter",
        batch_norm: Literal["frozen", "batch", "recalibrated"] = "frozen",
    ) -> Surface:
        """Evaluate the loss on a plane of two random directions, normalized filter by filter (Li et al. 2018).

        Costs `n_points` squared passes over the examples.

        Example:
            >>> import torch
            >>> from benchmark.own import Network
            >>> network = Network(torch.nn.Linear(2, 3).double(), torch.eye(2).double(), torch.tensor([0, 1]))
            >>> surface = network.surface(n_points=5)
            >>> surface
            Surface(alpha: (5,), beta: (5,), loss: (5, 5), error: (5, 5), numbers: 7)
            >>> bool(surface.loss[2, 2] == surface.numbers["center_loss"])  # the network itself is in the middle
            True
        """
        plane = loss_surface(
            n_points=n_points, half_width=half_width, normalize=normalize, batch_norm=batch_norm
        )
        result = self.measure(plane)
        return Surface(
            alpha=result.arrays["alpha"],
            beta=result.arrays["beta"],
            loss=result.arrays["train_loss"][0],
            error=result.arrays["train_error"][0],
            numbers={reading.quantity: reading.value for reading in result.readings},
        )

    def eigenvalues(
        self, n: int = 5, *, matrix: Literal["hessian", "gauss_newton"] = "hessian", tolerance: float = 1e-3
    ) -> list[float]:
        """Return the `n` largest eigenvalues, largest first, each with a relative residual of `tolerance`."""
        largest = hessian_eigenvalues(n_largest=n, n_smallest=0, matrix=matrix, tolerance=tolerance)
        numbers = self.numbers(largest)
        return [numbers[_name("largest", {"rank": rank})] for rank in range(1, n + 1)]

    def sharpness(self, rho: float = 0.05) -> float:
        """Return the largest increase of the loss within Euclidean distance `rho` (Foret et al. 2021), by ascent."""
        return self.measure(sam_sharpness(rho=rho, method="ascent")).readings[0].value


class _NotGiven(dict[str, Tensor]):
    """Initial weights that nobody gave: those of the trained network would be at distance 0."""

    def __missing__(self, name: str) -> Tensor:
        raise ValueError(
            "this measure needs the initial weights, and none were given; keep copy.deepcopy(module.state_dict()) "
            "before training, and write Network(..., initial=...)"
        )


def _initial(module: nn.Module, given: Mapping[str, Tensor] | None) -> dict[str, Tensor]:
    """Return a copy of initial weights and buffers.

    Raises:
        ValueError: naming the first weight that is not there, or has another shape.
    """
    if given is None:
        return _NotGiven()
    for name, weight in module.named_parameters():
        shape = tuple(given[name].shape) if name in given else None
        if shape != tuple(weight.shape):
            found = "has none" if shape is None else f"has shape {shape}"
            raise ValueError(
                f"initial: {name} has shape {tuple(weight.shape)} in module, and initial {found}; give the "
                "state_dict() that the same module had before training"
            )
    return {name: value.detach().clone() for name, value in given.items()}


def _without_history(result: Result) -> Result:
    return replace(result, readings=[one for one in result.readings if one.quantity not in of_a_history])


def _check_measure(measure: object) -> None:
    if not isinstance(measure, Measure):
        uncalled = hasattr(measure, "function")
        name = getattr(measure, "__name__", "hessian_trace") if uncalled else "hessian_trace"
        what = f"the function {name} itself" if uncalled else kind_of(measure)
        raise ValueError(
            f"measure is {what}, not a measure; write numbers({name}()), after "
            f"from benchmark.measures.{name} import {name}"
        )
    if measure.n_networks is not None and measure.n_networks != 1:
        raise ValueError(
            f"measure {measure.label} takes {measure.n_networks} networks, and this is one; write "
            f"{measure.family}().compute(first.trained, second.trained{', ...' * (measure.n_networks > 2)})"
        )


def _name(quantity: str, index: Any) -> str:
    coordinates = ",".join(f"{name}={value:g}" for name, value in index.items())
    return f"{quantity}[{coordinates}]" if coordinates else quantity


def _with_progress(
    points: Sequence[Point], compute: Callable[[Any], Any], *, together: int | None = None
) -> Grid:
    """Show a bar on a terminal while a long loop runs."""
    from rich.console import Console
    from rich.progress import Progress

    from benchmark.landscape.trained import next_rows

    console = Console(stderr=True)
    rows: list[Any] = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("evaluating", total=len(points))
        while len(rows) < len(points):
            rows += next_rows(points, len(rows), compute, together)
            bar.update(task, completed=len(rows))
    return np.array(rows, dtype=np.float64)
