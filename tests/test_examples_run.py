"""The examples in docstrings: each runs by itself, as somebody would paste it, and prints what it shows."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest
import torch

packages = ("benchmark.landscape", "benchmark.measures", "benchmark.report.figures.kinds", "benchmark.stats")
modules = [
    "benchmark.own",
    *(
        f"{package}.{found.name}"
        for package in packages
        for found in pkgutil.iter_modules(importlib.import_module(package).__path__)
    ),
]
with_examples = [  # so that none is lost unseen
    *(
        f"benchmark.landscape.{name}"
        for name in (
            "ascent", "barriers", "batch_norm", "box_maximization", "curvature", "density", "directions", "grid",
            "lanczos", "lines", "loss", "path", "planes", "slices", "spectrum", "trained", "weights",
        )
    ),
    *(
        f"benchmark.measures.{name}"
        for name in (
            "barrier", "hessian_extremes", "hessian_trace", "loss_surface", "measure", "radial_width", "sam_sharpness",
            "weight_norm",
        )
    ),
    *(
        f"benchmark.report.figures.kinds.{name}"
        for name in (
            "against", "bands", "heat", "loss_planes", "recorded_curves", "scatter", "spectral_densities", "strips",
        )
    ),
    *(f"benchmark.stats.{name}" for name in ("claim", "judging", "number", "reduce", "table")),
    "benchmark.own",
]  # fmt: skip


def examples(name: str) -> list[doctest.DocTest]:
    """Return a module's docstrings with examples, each to run in a namespace that holds nothing yet."""
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder()
    found = finder.find(module, name, globs={})
    # `@measure` makes a function of measure.py out of another module's: no member of that module to a finder
    for measure in vars(module).values():
        if hasattr(measure, "function") and measure.__module__ == name:
            found += finder.find(measure.function, f"{name}.{measure.__name__}", globs={})
    return [one for one in found if one.examples]


@pytest.fixture(autouse=True)
def torch_as_it_was() -> Iterator[None]:
    n_threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    torch.set_num_threads(1)
    with torch.random.fork_rng():
        yield
    torch.set_default_dtype(dtype)
    torch.set_num_threads(n_threads)


@pytest.mark.parametrize("name", modules)
def test_every_example_prints_what_it_shows(name: str) -> None:
    for example in examples(name):
        said: list[str] = []
        options = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
        result = doctest.DocTestRunner(verbose=False, optionflags=options).run(example, out=said.append)
        assert not result.failed, "".join(said)


def test_no_module_has_lost_its_examples() -> None:
    assert not [name for name in with_examples if not examples(name)]
