"""From a table of arms to cells: what belongs to whom, which columns a cell has, and what a sweep makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from benchmark.cells.cell import Cell, Derived, FromCheckpoint
from benchmark.cells.derivations.match_weights import MatchWeights
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.measures.measure import Measure
from benchmark.measures.sam_sharpness import sam_sharpness
from benchmark.measures.weight_norm import weight_norm
from benchmark.stats.number import select
from benchmark.suite.arms import Arm, Point, Swept, point
from benchmark.suite.cell_layout import Layout, laid_out, n_train
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.from_arms import check, suite_of
from benchmark.suite.knobs import SweptKnobs, knobs
from benchmark.suite.plan import plan
from benchmark.suite.suite import Range, Suite

plain = SGD(batch_size=10, lr=0.1, epochs=2)


@knobs
class Config(SweptKnobs):
    seeds: tuple[int, ...] = (3,)
    widths: tuple[int, ...] = (4, 8)

    def __post_init__(self) -> None:
        check(self, table(self), swept)


def of_width(width: int, training: SGD = plain, **columns: Any) -> Point:
    return point(
        MLP(width=width, depth=1), training, swept=f"width={width}", width=width, lr=training.lr, **columns
    )


def table(c: Config) -> Iterator[Arm]:
    yield Arm(name="width", points=[of_width(width) for width in c.widths])
    yield Arm(name="lr", points=[of_width(8, replace(plain, lr=lr), part=lr) for lr in (0.1, 0.3)])


swept = Swept(space=lambda c: {"lr": Range(low=0.01, high=1.0)}, sharpness=sam_sharpness(rho=0.05))


def measures(c: Config, at: Layout) -> Sequence[Measure]:
    return (weight_norm().where(at.of(arm="width")),)


def suite_with(arms: Any = table) -> Suite:
    return suite_of(
        name="own", title="", question="", sources=(), profiles={"ci": Config()}, arms=arms, measures=measures,
        swept=swept,
    )  # fmt: skip


def columns_of(config: Config, arms: Any = table) -> list[dict[str, Any]]:
    suite = suite_with(arms)
    return [dict(suite.label(config, cell)) for cell in suite.cells(config)]


def test_a_cell_of_several_arms_names_the_first_and_the_others_and_has_the_columns_of_all() -> None:
    assert columns_of(Config()) == [
        {"arm": "width", "width": 4, "lr": 0.1},
        {"arm": "width", "width": 8, "lr": 0.1, "part": 0.1, "also_in": "lr"},
        {"arm": "lr", "width": 8, "lr": 0.3, "part": 0.3},
    ]


def test_measures_and_claims_of_an_arm_see_the_cells_that_it_shares() -> None:
    config = Config()
    layout = laid_out(config, tuple(table(config)))
    of_lr = [layout.columns[cell.key] for cell in layout.cells if layout.of(arm="lr")(cell)]
    assert [one["lr"] for one in of_lr] == [0.1, 0.3]
    records = pd.DataFrame(columns_of(config))
    assert list(select(records, {"arm": "lr"})["lr"]) == [0.1, 0.3]
    assert list(select(records, {"arm": ("lr", "width")})["lr"]) == [0.1, 0.1, 0.3]
    assert list(select(records, {"arm": "width"})["width"]) == [4, 8]


def test_winners_mark_all_that_differs_in_what_is_tuned_alone_and_add_the_arm_tuned() -> None:
    tuned = Config(tuned=(("width=4", "lr", 0.1), ("width=8", "lr", 0.2)))
    assert columns_of(tuned) == [
        {"arm": "width", "width": 4, "lr": 0.1, "tuned": True},
        {"arm": "width", "width": 8, "lr": 0.1, "part": 0.1, "tuned": False, "also_in": "lr"},
        {"arm": "lr", "width": 8, "lr": 0.3, "part": 0.3, "tuned": False},
        {"arm": "tuned", "width": 8, "lr": 0.1, "tuned": True},
    ]


def test_a_winner_that_another_arm_has_belongs_to_that_arm() -> None:
    table = columns_of(Config(tuned=(("width=8", "lr", 0.3),)))
    assert [(columns["arm"], columns.get("tuned")) for columns in table] == [
        ("width", None), ("width", False), ("lr", True),
    ]  # fmt: skip


def test_a_sweep_begins_at_the_first_point_of_a_name() -> None:
    config, sweep = Config(), suite_with().sweep
    assert sweep is not None and sweep.arms(config) == ("width=4", "width=8")
    assert sweep.default(config, "width=8") == {"lr": 0.1}
    tried = sweep.cell(config, "width=8", {"lr": 0.25}, 7)
    assert (tried.training.lr, tried.data.n_val, tried.data.split_seed) == (0.25, config.n_val, 7)


def test_a_sweep_asks_for_its_arms_once_per_config_whatever_number_of_trials_it_has() -> None:
    asked: list[Config] = []

    def counted(config: Config) -> Iterator[Arm]:
        asked.append(config)
        yield from table(config)

    sweep = suite_with(counted).sweep
    assert sweep is not None
    few, many = Config(widths=(4,)), Config()
    for config in (few, many):
        cells = [
            sweep.cell(config, arm, sweep.default(config, arm), seed)
            for arm in sweep.arms(config)
            for seed in range(5)
        ]
        assert len({cell.key for cell in cells}) == 5 * len(sweep.arms(config)) == 10
    assert asked == [few, many]


def test_a_config_without_a_network_is_refused_by_the_list_that_is_empty() -> None:
    nothing = [Arm(name="width", points=[])]
    with pytest.raises(ValueError, match=r"^Config\.widths is \(\); no arm has a network; give at least one"):
        check(Config(widths=()), nothing, swept)
    with pytest.raises(ValueError, match=r"^Config has no arm with a network; give"):
        check(Config(), nothing, swept)


def pair_of(c: SweptKnobs) -> Iterator[Arm]:
    one = point(MLP(width=4, depth=1), plain, network="mlp")
    yield Arm(name="pair", points=[one], members=("first", "second"), derived={"matched": MatchWeights()})


def test_members_share_their_split_alone_and_a_rule_takes_them_all() -> None:
    layout = laid_out(Config(), [*pair_of(Config())])
    first, second, matched = layout.cells
    assert [cell.data.split_seed for cell in layout.cells] == [3, 3, 3]
    assert [{cell.init_seed, cell.order_seed, cell.augment_seed} for cell in layout.cells] == [
        {3}, {10_003}, {10_003},
    ]  # fmt: skip
    assert matched.training is None and matched.start == Derived(parents=(first, second), rule=MatchWeights())
    assert list(layout.with_first()(layout.cells)) == [(second, first), (matched, first)]
    assert list(layout.columns[second.key]) == ["arm", "network", "member"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": (0, 10_000)}, r"seeds is .*from 0 to below 10000; another network of seed s draws from s \+ 10000"),
        ({"sweep_seeds": (10_003, 11, 12, 13)}, r"sweep_seeds is .*10003 draws another network of seeds"),
        ({"n_train": 9}, r"n_train is 9; the arm pair takes batches of 10; give at least that"),
    ],
)  # fmt: skip
def test_what_no_suite_can_lay_out_is_refused(changes: dict[str, Any], message: str) -> None:
    config = SweptKnobs(**changes)
    with pytest.raises(ValueError, match=rf"^SweptKnobs\.{message}"):
        check(config, pair_of(config))


def test_points_start_from_points_of_the_same_seed() -> None:
    parent = point(MLP(width=4, depth=1), plain)
    later = point(
        MLP(width=4, depth=1), plain, start=lambda cell: FromCheckpoint(cell=cell(parent), step=5), after=5
    )
    cells = laid_out(Config(seeds=(3, 4)), [Arm(name="a", points=[parent, later])]).cells
    assert [cell.start.cell for cell in cells[1::2] if isinstance(cell.start, FromCheckpoint)] == [
        *cells[::2]
    ]


def test_ends_are_the_least_and_the_greatest_level_all_else_being_equal() -> None:
    points = [
        point(MLP(width=4, depth=1), replace(plain, batch_size=size, lr=lr), batch_size=size)
        for lr in (0.1, 0.2) for size in (20, 5, 10)
    ]  # fmt: skip
    layout = laid_out(Config(seeds=(0, 1)), [Arm(name="a", points=points)])
    pairs = list(layout.ends("batch_size", layout.of(arm="a"))(layout.cells))
    assert len(pairs) == 4
    for least, greatest in pairs:
        assert (least.training.batch_size, greatest.training.batch_size) == (5, 20)
        assert (least.init_seed, least.training.lr) == (greatest.init_seed, greatest.training.lr)
    assert not list(layout.ends("batch_size", layout.of(seed=7))(layout.cells))


def test_cells_are_known_by_their_levels_and_their_seed() -> None:
    layout = laid_out(Config(seeds=(0, 1)), [*table(Config())])
    assert len([*filter(layout.of(arm="width", width=(4, 16)), layout.cells)]) == 2
    assert len([*filter(layout.of(seed=0), layout.cells)]) == 3
    assert len([*filter(layout.but(arm="width"), layout.cells)]) == 2
    assert not [*filter(layout.of(member=None), layout.cells)]


def test_a_plan_keeps_the_columns_of_cells_that_it_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = suite_with()
    monkeypatch.setattr(SuiteFolder, "suite", property(lambda folder: suite))

    def pin(data: Any) -> Any:
        return replace(data, digest="a" * 64)

    def columns(laid: Any) -> list[Any]:
        return [laid.columns[cell.key] for cell in laid.cells]

    folder, config = SuiteFolder(path=SuiteFolder.__module__), Config(data="cifar10")  # type: ignore[arg-type]
    open_, pinned = (plan(folder, profile="ci", config=config, pin=how) for how in (None, pin))
    assert columns(open_) == columns(pinned)
    assert {cell.key for cell in open_.cells}.isdisjoint(cell.key for cell in pinned.cells)
    assert [cell.data.digest for job in pinned.jobs for cell in job.cells] == ["a" * 64] * 2


def test_how_many_examples_there_are_is_known_of_published_sets() -> None:
    assert n_train(Config(n_train=70)) == 70
    assert n_train(Config(data="fashionmnist", n_train=None)) == 60_000
    with pytest.raises(ValueError, match="n_train is None; .*give it for data='mine'"):
        n_train(replace(Config(sweep_trials=0), data="mine", n_train=None))


def test_the_cells_are_those_of_the_config() -> None:
    cells: list[Cell] = [*suite_with().cells(Config(data="cifar10", seeds=(1,), n_test=20))]
    assert {(type(cell.data).__name__, cell.data.n_test, cell.data.split_seed) for cell in cells} == {
        ("CIFAR10", 20, 1)
    }
