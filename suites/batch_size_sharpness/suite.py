"""Do large batches find sharper minima, and what of it is left when networks are compared at equal loss?

The cells come in arms (factor `arm`):
    matched_loss: plain SGD, trained to one training loss; what curvature may be compared on.
    equal_epochs: its smallest and largest batch, trained for equal epochs: a confound, since curvature falls with the
        loss.
    rescaled: matched-loss networks with two layers rescaled, the function unchanged (Dinh et al. 2017).
    lr_batch: a grid of learning rates and batch sizes, to the same training loss.
    scaled_lr: learning rates in proportion to the batch size, to the same training loss.
    li: the protocol of Li et al. 2018, section 3.
    keskar: that of Keskar et al. 2017. keskar_sweep: its figure 4, more batch sizes. warm_start: its figure 5.
    tuned: the smallest and the largest batch of matched_loss, each at the learning rate that suits it best.

The sweep tunes the learning rate of the ends of matched_loss, each by itself. The other arms are not swept: in
equal_epochs, lr_batch and scaled_lr the learning rate is what is held fixed or varied, and li, keskar, keskar_sweep and
warm_start are the papers' protocols, which name theirs. A cell at the winning learning rate has `tuned` = true, also
where that is the fixed one; the arm tuned holds those that matched_loss lacks.
The sweep trains at most 24 networks in `ci`, 128 in `small` and 64 in `full`.

Keskar et al. train until the loss stops improving (section 2) or for 100 epochs (section 4, figures 4 and 5); here it
is a fixed number of epochs for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from benchmark.cells.cell import Cell, Derived, FromCheckpoint
from benchmark.cells.checks import reject, require_count, require_flag, require_positive
from benchmark.cells.data.catalog import named
from benchmark.cells.derivations.rescale_layers import RescaleLayers
from benchmark.cells.models.keskar_c1 import KeskarC1
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.models.vgg import VGG
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.sgd import SGD
from benchmark.measures.adaptive_sharpness import adaptive_sharpness
from benchmark.measures.average_direction_sharpness import average_direction_sharpness
from benchmark.measures.distance_from_init import distance_from_init
from benchmark.measures.filter_normalized_sharpness import filter_normalized_sharpness
from benchmark.measures.hessian_extremes import hessian_extremes
from benchmark.measures.hessian_trace import hessian_trace
from benchmark.measures.keskar_sharpness import keskar_sharpness
from benchmark.measures.m_sharpness import m_sharpness
from benchmark.measures.measure import Measure
from benchmark.measures.noise_scale import noise_scale
from benchmark.measures.performance import performance
from benchmark.measures.sam_sharpness import sam_sharpness
from benchmark.measures.two_model_line import two_model_line
from benchmark.measures.weight_histogram import weight_histogram
from benchmark.measures.weight_norm import weight_norm
from benchmark.suite.suite import Range, Suite, Sweep
from benchmark.suite.winners import check_sweep, winner, with_validation

models: Mapping[str, Any] = {
    "mlp": MLP(width=64, depth=2),
    "small_cnn": SmallCNN(),
    "small_cnn_bn": SmallCNN(norm="batch"),
    "keskar_c1": KeskarC1(),
    "vgg9": VGG(depth=9),
    "resnet20": ResNet(depth=20),
    "resnet56": ResNet(depth=56),
}
ModelName = Literal["mlp", "small_cnn", "small_cnn_bn", "keskar_c1", "vgg9", "resnet20", "resnet56"]
KeskarMethod = Literal["l_bfgs_b", "conditional_gradient"]
rescale_factor = 10.0
li_milestones = (0.5, 0.75, 11 / 12)  # of 300 epochs: 150, 225, 275
known_n_train = {"cifar10": 50_000, "cifar100": 50_000}


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every knob of the suite.

    Attributes:
        data: "digits", a torchvision set ("cifar10", "fashionmnist", ...), or pictures added under a name.
        n_train, n_test: examples drawn; None for all.
        seeds: each draws subset, initialization, order and augmentation together.
        models: networks of the arms matched_loss, equal_epochs, lr_batch, scaled_lr.
        batch_sizes: of the arm matched_loss; the smallest and the largest are what claims compare.
        lr: of the arms matched_loss and equal_epochs.
        weight_decays: of matched_loss; others than the first only for the smallest and the largest batch.
        stop_at_loss: training loss (nats per example) at which matched_loss, lr_batch and scaled_lr stop.
        stop_at_loss_batch_norm: the same for networks with batch norm; None: no other than stop_at_loss.
        max_epochs: budget of a run that is to stop at a loss.
        equal_epochs: epochs of the arm; None leaves the arm out.
        rescaled: whether to add the rescaled copies of the smallest batch's networks (mlp only).
        lr_batch_lrs: learning rates of the arm lr_batch, on all batch sizes; empty leaves it out.
        scaled_lr: whether to add the arm scaled_lr, with lr for the smallest batch.
        li_models, li_batch_sizes, li_weight_decays, li_optimizers, li_epochs: the arm li; no models leave it out.
        li_resnet_batch_sizes: batch sizes of the ResNets among li_models, in place of li_batch_sizes.
        keskar_models, keskar_batch_sizes, keskar_epochs: the arm keskar; no models leave it out.
        keskar_sweep_batch_sizes: batch sizes of the arm keskar_sweep, for keskar_models; empty leaves it out.
        warm_start_epochs: small-batch epochs after which large-batch training takes over; empty leaves it out.
        n_measured: training examples on which sharpness and curvature are evaluated; None for all.
        keskar_method: search for the largest loss of Keskar sharpness; the paper has l_bfgs_b, which a rounding
            can lead elsewhere.
        keskar_epsilons: half-widths of the box of Keskar sharpness; claims are about 1e-3, the paper has 5e-4 as well.
        n_subspaces: random subspaces of Keskar sharpness.
        n_lanczos, n_probes, n_directions, n_line: Lanczos steps, trace probes, random directions, points of the line.
        sweep_trials, sweep_seeds, n_val, tuned: of the learning rates, see `benchmark.suite.winners`.
    """

    data: str = "digits"
    n_train: int | None = 500
    n_test: int | None = 797
    seeds: tuple[int, ...] = tuple(range(10))
    models: tuple[ModelName, ...] = ("mlp",)
    batch_sizes: tuple[int, ...] = (8, 64, 500)
    lr: float = 0.1
    weight_decays: tuple[float, ...] = (0.0,)
    stop_at_loss: float = 0.01
    stop_at_loss_batch_norm: float | None = None
    max_epochs: int = 2000
    equal_epochs: int | None = 50
    rescaled: bool = True
    lr_batch_lrs: tuple[float, ...] = ()
    scaled_lr: bool = False
    li_models: tuple[ModelName, ...] = ()
    li_batch_sizes: tuple[int, ...] = (128, 8192)
    li_resnet_batch_sizes: tuple[int, ...] = (128, 4096)
    li_weight_decays: tuple[float, ...] = (0.0, 5e-4)
    li_optimizers: tuple[Literal["sgd", "adam"], ...] = ("sgd", "adam")
    li_epochs: int = 300
    keskar_models: tuple[ModelName, ...] = ()
    keskar_batch_sizes: tuple[int, ...] = (256, 5000)
    keskar_sweep_batch_sizes: tuple[int, ...] = ()
    keskar_epochs: int = 100
    warm_start_epochs: tuple[int, ...] = ()
    n_measured: int | None = None
    n_lanczos: int = 20
    n_probes: int = 20
    keskar_method: KeskarMethod = "conditional_gradient"
    keskar_epsilons: tuple[float, ...] = (1e-3,)
    n_subspaces: int = 2
    n_directions: int = 20
    n_line: int = 41
    sweep_trials: int = 3
    sweep_seeds: tuple[int, ...] = (1_000_000, 1_000_001, 1_000_002, 1_000_003)
    n_val: int = 500
    tuned: tuple[tuple[str, str, float], ...] = ()

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_networks()
        self._check_batch_sizes()
        if self.keskar_models and self.warm_start_epochs:
            self._check_warm_starts()
        check_sweep(self, arms=_swept(self), hyperparameters=("lr",))

    def _check_numbers(self) -> None:
        for name in ("lr", "stop_at_loss"):
            require_positive(self, name)
        for name in (
            "max_epochs",
            "li_epochs",
            "keskar_epochs",
            "n_lanczos",
            "n_probes",
            "n_directions",
            "n_subspaces",
        ):
            require_count(self, name)
        require_count(self, "n_line", least=2)
        for name in ("rescaled", "scaled_lr"):
            require_flag(self, name)
        if self.keskar_method not in get_args(KeskarMethod):
            reject(self, "keskar_method", f"choose {' or '.join(get_args(KeskarMethod))}")
        if not all(epsilon > 0 for epsilon in self.keskar_epsilons):
            reject(self, "keskar_epsilons", "give numbers > 0")
        for name in ("n_train", "n_test", "equal_epochs", "n_measured"):
            if getattr(self, name) is not None:
                require_count(self, name)
        if self.stop_at_loss_batch_norm is not None:
            require_positive(self, "stop_at_loss_batch_norm")

    def _check_networks(self) -> None:
        for name in ("models", "li_models", "keskar_models"):
            unknown = [model for model in getattr(self, name) if model not in models]
            if unknown:
                reject(self, name, f"{unknown[0]!r} is no network; choose from {', '.join(models)}")
        if not (self.models or self.li_models or self.keskar_models):
            reject(self, "models", "name a network here, in li_models or in keskar_models")

    def _check_batch_sizes(self) -> None:
        needed = ["seeds", "batch_sizes", "weight_decays", "keskar_epsilons"]
        needed += ["li_batch_sizes", "li_weight_decays", "li_optimizers"] if self.li_models else []
        needed += ["keskar_batch_sizes"] if self.keskar_models else []
        for name in needed:
            if not getattr(self, name):
                reject(self, name, "give at least one")
        for name in self._batch_sizes_in_use():
            sizes = getattr(self, name)
            if not all(isinstance(size, int) and size >= 1 for size in sizes):
                reject(self, name, "give integers >= 1")
            if self.n_train is not None and sizes and max(sizes) > self.n_train:
                reject(self, name, f"{max(sizes)} is more than n_train={self.n_train}; give at most that")

    def _batch_sizes_in_use(self) -> list[str]:
        of_li = {"li_resnet_batch_sizes" if _is_resnet(name) else "li_batch_sizes" for name in self.li_models}
        of_keskar = ("keskar_batch_sizes", "keskar_sweep_batch_sizes") if self.keskar_models else ()
        return [*(("batch_sizes",) if self.models else ()), *sorted(of_li), *of_keskar]

    def _check_warm_starts(self) -> None:
        if not all(1 <= epoch <= self.keskar_epochs for epoch in self.warm_start_epochs):
            reject(self, "warm_start_epochs", f"give epochs from 1 to keskar_epochs={self.keskar_epochs}")
        if self.n_train is None and self.data not in known_n_train:
            reject(
                self, "n_train", f"the steps of a warm start follow from it; give it for data={self.data!r}"
            )


def _is_resnet(name: str) -> bool:
    return isinstance(models[name], ResNet)


def _ends(config: Config) -> tuple[int, int]:
    """Return the smallest and the largest batch, which are what claims compare."""
    return min(config.batch_sizes), max(config.batch_sizes)


def _swept(config: Config) -> dict[str, tuple[str, int]]:
    """Return network and batch size of every arm of the sweep."""
    return {
        f"network={model} batch_size={size}": (model, size)
        for model in config.models
        for size in sorted(set(_ends(config)))
    }


ci = Config()
small = Config(
    n_test=None,
    data="fashionmnist",
    n_train=10_000,
    models=("small_cnn", "small_cnn_bn"),
    batch_sizes=(32, 128, 512, 2048),
    lr=0.05,
    weight_decays=(0.0, 5e-4),
    stop_at_loss=0.05,
    stop_at_loss_batch_norm=0.02,
    max_epochs=60,
    equal_epochs=None,
    rescaled=False,
    scaled_lr=True,
    n_measured=2_000,
    keskar_method="l_bfgs_b",
    keskar_epsilons=(1e-3, 5e-4),
    n_subspaces=5,
    n_lanczos=30,
    n_probes=50,
    n_directions=100,
    n_line=25,
    sweep_trials=8,
    n_val=5_000,
)
full = Config(
    n_test=None,
    data="cifar10",
    n_train=None,
    models=("vgg9",),
    batch_sizes=(128, 1024, 8192),
    stop_at_loss=0.01,
    max_epochs=300,
    equal_epochs=None,
    rescaled=False,
    lr_batch_lrs=(0.025, 0.1, 0.4),
    li_models=("vgg9", "resnet56"),
    keskar_models=("keskar_c1",),
    keskar_sweep_batch_sizes=(64, 128, 256, 512, 1024, 2048, 5000),  # the last is 10 % of the data
    warm_start_epochs=(1, 2, 5, 10, 20, 50, 100),
    n_measured=10_000,
    keskar_method="l_bfgs_b",
    keskar_epsilons=(1e-3, 5e-4),
    n_subspaces=5,
    n_lanczos=80,
    n_probes=200,
    n_directions=100,
    n_line=81,
    sweep_trials=8,
    n_val=5_000,
)


def cells(config: Config) -> Iterator[Cell]:
    """Yield the cells of all arms; seed s draws every stream of a cell."""
    for seed in config.seeds:
        yield from _matched(config, seed)
        yield from _equal_epochs(config, seed)
        yield from _rescaled(config, seed)
        yield from _lr_batch(config, seed)
        yield from _scaled_lr(config, seed)
        yield from _li(config, seed)
        yield from _keskar(config, seed)
        yield from _warm_start(config, seed)
        yield from _tuned(config, seed)


def _cell(config: Config, seed: int, model: str, training: Any, start: FromCheckpoint | None = None) -> Cell:
    data = named(config.data, n_train=config.n_train, n_test=config.n_test, split_seed=seed)
    return Cell(
        data=data,
        model=models[model],
        training=training,
        init_seed=seed,
        order_seed=seed,
        augment_seed=seed,
        start=start,
    )


def _to_loss(
    config: Config, seed: int, model: str, *, batch_size: int, lr: float, weight_decay: float = 0.0
) -> Cell:
    stop = config.stop_at_loss
    has_batch_norm = getattr(models[model], "norm", "batch") == "batch"  # a network without the choice has it
    if config.stop_at_loss_batch_norm is not None and has_batch_norm:
        stop = config.stop_at_loss_batch_norm
    training = SGD(
        batch_size=batch_size, lr=lr, weight_decay=weight_decay, epochs=config.max_epochs, stop_at_loss=stop
    )
    return _cell(config, seed, model, training)


def _matched(config: Config, seed: int) -> Iterator[Cell]:
    for model in config.models:
        for decay in config.weight_decays:
            for size in config.batch_sizes if decay == config.weight_decays[0] else _ends(config):
                yield _to_loss(config, seed, model, batch_size=size, lr=config.lr, weight_decay=decay)


def _equal_epochs(config: Config, seed: int) -> Iterator[Cell]:
    if config.equal_epochs is not None:
        for model in config.models:
            for size in _ends(config):
                training = SGD(batch_size=size, lr=config.lr, epochs=config.equal_epochs)
                yield _cell(config, seed, model, training)


def _rescaled(config: Config, seed: int) -> Iterator[Cell]:
    if config.rescaled and "mlp" in config.models:
        size, decay = min(config.batch_sizes), config.weight_decays[0]
        parent = _to_loss(config, seed, "mlp", batch_size=size, lr=config.lr, weight_decay=decay)
        rule = RescaleLayers(factor=rescale_factor)
        yield Cell(
            data=parent.data,
            model=parent.model,
            init_seed=seed,
            order_seed=seed,
            augment_seed=seed,
            start=Derived(parents=(parent,), rule=rule),
        )


def _lr_batch(config: Config, seed: int) -> Iterator[Cell]:
    for model in config.models:
        for lr in config.lr_batch_lrs:
            if lr != config.lr:  # at config.lr the grid and matched_loss are the same cells
                for size in config.batch_sizes:
                    yield _to_loss(config, seed, model, batch_size=size, lr=lr)


def _scaled_lr(config: Config, seed: int) -> Iterator[Cell]:
    for model in config.models if config.scaled_lr else ():
        for size in config.batch_sizes:
            if size != min(config.batch_sizes):  # which is in matched_loss
                yield _to_loss(config, seed, model, batch_size=size, lr=_in_proportion(config, size))


def _in_proportion(config: Config, batch_size: int) -> float:
    return config.lr * batch_size / min(config.batch_sizes)


def _li(config: Config, seed: int) -> Iterator[Cell]:
    common: dict[str, Any] = {"epochs": config.li_epochs, "schedule": "step", "milestones": li_milestones}
    for model in config.li_models:
        for decay in config.li_weight_decays:
            for size in config.li_resnet_batch_sizes if _is_resnet(model) else config.li_batch_sizes:
                if "sgd" in config.li_optimizers:
                    sgd = SGD(batch_size=size, lr=0.1, momentum=0.9, nesterov=True, weight_decay=decay,
                              augment="crop_flip", **common)  # fmt: skip
                    yield _cell(config, seed, model, sgd)
                if "adam" in config.li_optimizers:
                    adam = Adam(batch_size=size, lr=1e-3, weight_decay=decay, augment="crop_flip", **common)
                    yield _cell(config, seed, model, adam)


def _keskar(config: Config, seed: int) -> Iterator[Cell]:
    for model in config.keskar_models:
        for size in dict.fromkeys(config.keskar_batch_sizes + config.keskar_sweep_batch_sizes):
            yield _cell(config, seed, model, Adam(batch_size=size, epochs=config.keskar_epochs))


def _warm_start(config: Config, seed: int) -> Iterator[Cell]:
    small_batch, large_batch = min(config.keskar_batch_sizes), max(config.keskar_batch_sizes)
    for model in config.keskar_models:
        for epoch in config.warm_start_epochs:
            parent = _cell(config, seed, model, Adam(batch_size=small_batch, epochs=config.keskar_epochs))
            step = epoch * -(-_n_train(config) // small_batch)
            training = Adam(batch_size=large_batch, epochs=config.keskar_epochs)
            yield _cell(config, seed, model, training, FromCheckpoint(cell=parent, step=step))


def _tuned(config: Config, seed: int) -> Iterator[Cell]:
    for arm in _swept(config):
        if won := winner(config, arm):
            yield _at_point(config, arm, won, seed)


def _at_point(config: Config, arm: str, point: Mapping[str, float], seed: int) -> Cell:
    model, size = _swept(config)[arm]
    lr, decay = point["lr"], config.weight_decays[0]
    return _to_loss(config, seed, model, batch_size=size, lr=lr, weight_decay=decay)


def _n_train(config: Config) -> int:
    return config.n_train if config.n_train is not None else known_n_train[config.data]


def label(config: Config, cell: Cell) -> dict[str, Any]:
    """Return the columns `arm`, `network`, `batch_size` and, where its learning rate was swept, `tuned`.

    A rescaled cell has the network and the batch size of its parent.
    """
    training = _trained(cell).training
    network = next(name for name, model in models.items() if model == cell.model)
    columns = {"arm": _arm(config, cell), "network": network, "batch_size": training.batch_size}
    if columns["arm"] == "rescaled":
        return columns
    won = winner(config, f"network={network} batch_size={training.batch_size}")
    is_swept = training.stop_at_loss is not None and training.weight_decay == config.weight_decays[0]
    return {**columns, "tuned": training.lr == won["lr"]} if won and is_swept else columns


def _trained(cell: Cell) -> Cell:
    """Return the cell itself, or the one that it is a rescaled copy of."""
    return cell.start.parents[0] if isinstance(cell.start, Derived) else cell


def _arm(config: Config, cell: Cell) -> str:
    if isinstance(cell.start, Derived):
        return "rescaled"
    if isinstance(cell.start, FromCheckpoint):
        return "warm_start"
    if cell.training.stop_at_loss is not None:
        if cell.training.lr == config.lr:
            return "matched_loss"
        return _arm_of_lr(config, cell.training)
    if cell.training.augment != "none":
        return "li"
    if isinstance(cell.training, SGD):
        return "equal_epochs"
    return "keskar" if cell.training.batch_size in config.keskar_batch_sizes else "keskar_sweep"


def _arm_of_lr(config: Config, training: SGD) -> str:
    if training.lr in config.lr_batch_lrs:
        return "lr_batch"
    is_scaled = config.scaled_lr and training.lr == _in_proportion(config, training.batch_size)
    return "scaled_lr" if is_scaled else "tuned"


def measures(config: Config) -> tuple[Measure, ...]:
    """Return the suite's measures: all that are cheap on every cell, the line between the ends of the batch sizes.

    Of rescaled copies only what tells the definitions apart that see the rescaling from those that do not.
    """

    def is_fixed(cell: Cell) -> bool:
        return _arm(config, cell) != "tuned"

    def is_trained(cell: Cell) -> bool:
        return cell.training is not None

    def is_matched(cell: Cell) -> bool:
        # after equal epochs L-BFGS-B amplifies rounding: at a loss of 1e-3 its line searches branch on the last bits
        return _arm(config, cell) != "equal_epochs"

    n = config.n_measured
    n_seen = min((number for number in (n, config.n_train) if number is not None), default=None)
    # a shard of all that is seen would be sam_sharpness with one step
    sizes = tuple(size for size in (8, 32) if n_seen is None or size < n_seen)
    line = {"n_points": config.n_line, "n_examples": n}
    return (
        performance(),
        weight_norm().where(is_fixed),
        distance_from_init(),
        noise_scale().where(lambda cell: is_trained(cell) and is_fixed(cell)),
        hessian_extremes(n_steps=config.n_lanczos, n_examples=n),
        hessian_trace(n_probes=config.n_probes, n_examples=n).where(is_trained),
        *(
            keskar_sharpness(method=config.keskar_method, epsilon=epsilon, n_examples=n).where(is_matched)
            for epsilon in config.keskar_epsilons
        ),
        *(
            keskar_sharpness(
                space="subspace",
                method=config.keskar_method,
                epsilon=epsilon,
                n_draws=config.n_subspaces,
                n_examples=n,
            ).where(lambda cell: is_trained(cell) and is_matched(cell))
            for epsilon in config.keskar_epsilons
        ),
        sam_sharpness(method="ascent", n_examples=n),
        sam_sharpness(method="one_step", n_examples=n).where(is_trained),
        *(m_sharpness(m=size, n_examples=n).where(is_trained) for size in sizes),
        adaptive_sharpness(n_examples=n),
        average_direction_sharpness(n_draws=config.n_directions, n_examples=n).where(is_trained),
        average_direction_sharpness(n_draws=config.n_directions, adaptive=True, n_examples=n),
        filter_normalized_sharpness(n_examples=n),
        weight_histogram().where(is_fixed),
        two_model_line(**line).on(lambda cells: small_and_large(config, cells, "matched_loss", "keskar")),
        two_model_line(batch_norm="interpolated", **line).on(
            lambda cells: small_and_large(config, cells, "li")
        ),
    )


def small_and_large(config: Config, cells: Sequence[Cell], *arms: str) -> Iterable[tuple[Cell, Cell]]:
    """Pair the smallest batch with the largest, everything else being equal, in some of the arms."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        if _arm(config, cell) in arms:
            same = [
                cell.init_seed,
                cell.model,
                type(cell.training),
                cell.training.weight_decay,
                _arm(config, cell),
            ]
            groups.setdefault(repr(same), []).append(cell)
    for group in groups.values():
        ordered = sorted(group, key=lambda cell: cell.training.batch_size)
        if len(ordered) > 1:
            yield ordered[0], ordered[-1]


def _trial(config: Config, arm: str, point: Mapping[str, float], seed: int) -> Cell:
    return with_validation(_at_point(config, arm, point, seed), config.n_val)


sweep = Sweep(
    arms=lambda config: tuple(_swept(config)),
    # steps to a loss go as 1 / lr: below this, full batches run out of max_epochs; above, small ones never arrive
    # (seen on sweep seeds of ci with a range twice as wide, before any network of the tuned arm was trained)
    space=lambda config: {"lr": Range(low=config.lr / 4, high=config.lr * 3, log=True)},
    default=lambda config, arm: {"lr": config.lr},
    cell=_trial,
    sharpness=sam_sharpness(method="one_step", n_examples=500),
)
suite = Suite(
    name="batch_size_sharpness",
    title="Batch size and sharpness",
    question="Do large batches find sharper minima than small ones, and do they generalize worse for it?",
    sources=(
        "Keskar et al. 2017, On large-batch training for deep learning: generalization gap and sharp minima",
        "Li et al. 2018, Visualizing the loss landscape of neural nets, sections 3 and 4",
        "Dinh et al. 2017, Sharp minima can generalize for deep nets",
        "Jastrzebski et al. 2018, Three factors influencing minima in SGD",
        "Foret et al. 2021; Kwon et al. 2021; Andriushchenko et al. 2023 (sharpness measures)",
    ),
    profiles={"ci": ci, "small": small, "full": full},
    cells=cells,
    measures=measures,
    label=label,
    seconds_per_cell={"ci": 1.8},
    sweep=sweep,
)
