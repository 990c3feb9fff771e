"""Do wider networks make fewer errors? An example to be changed into your own suite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.measures.measure import Measure
from benchmark.measures.performance import performance
from benchmark.measures.weight_norm import weight_norm
from benchmark.suite.arms import Arm, point
from benchmark.suite.cell_layout import Layout
from benchmark.suite.from_arms import check, suite_of
from benchmark.suite.knobs import Count, Counts, Knobs, knobs


@knobs
class Config(Knobs):
    """The knobs of this suite, besides those that all have; `lossbench params` lists them in params.yaml."""

    n_train: Count | None = 200  # training examples
    n_test: Count | None = None  # test examples; None for all
    widths: Counts = (2, 32)  # of the hidden layer
    epochs: Count = 20  # of training

    def __post_init__(self) -> None:
        check(self, arms(self))


def arms(c: Config) -> Iterator[Arm]:
    """Yield what is trained; the keywords of a point are columns of the records."""
    training = SGD(batch_size=20, lr=0.1, epochs=c.epochs)
    yield Arm(name="width", points=[point(MLP(width=width, depth=1), training, width=width) for width in c.widths])


def measures(c: Config, at: Layout) -> Sequence[Measure]:
    """Return what is computed from every network."""
    return performance(), weight_norm()


suite = suite_of(
    name="example",
    title="Width and test error",
    question="Do wider networks make fewer errors on pictures they have not seen?",
    sources=("Author et al., year, title",),
    profiles={
        "ci": Config(),
        "small": Config(n_train=1000, widths=(2, 8, 32, 128), epochs=100),
        "full": Config(data="cifar10", n_train=10_000, widths=(8, 64, 512), epochs=100),
    },
    arms=arms,
    measures=measures,
)
