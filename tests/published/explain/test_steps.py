"""Steps of a ladder: what stands between two of them, and what is said of them in one line."""

from __future__ import annotations

from benchmark.published.explain.ladder_text import Ladder, bottom_line
from benchmark.published.explain.rungs import Rung
from benchmark.published.explain.settings import Change
from benchmark.published.explain.steps import Step, climb
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import find


def test_the_farthest_move_is_sought_among_effects_in_the_unit_of_the_claim(workspace: Workspace) -> None:
    claim = next(one for one in find("example", workspace.suites).claims if one.id == "EX.C1-digits")

    def step(effect: float, unit: str, start: Step | None = None, *, aspect: str = "model") -> Step:
        verdict = {"outcome": "reproduced", "effect": effect, "unit": unit}
        rung = Rung(claim=claim.id, where="latest", settings={}, verdict=verdict, profile="", command="")
        changed = (Change(aspect=aspect, before="a", after="b"),) if start else ()
        return Step(rung=rung, start=start.rung if start else None, changes=changed)

    first, loss = step(0.3, claim.unit), step(1.0, "nats")
    near, far = step(0.31, claim.unit, first), step(0.35, claim.unit, first, aspect="data")
    steps = [first, near, far, loss, step(5.0, "nats", loss, aspect="definition")]
    line = bottom_line(Ladder(claim=claim, suite="example", steps=steps, splits=[()] * len(steps), open=()))
    assert line.endswith("of single changes that of step 3 (data) moves the effect farthest")


def test_confounded_steps_are_listed(workspace: Workspace) -> None:
    claim = find("example", workspace.suites).claims[0]
    changed = tuple(Change(aspect=aspect, before="a", after="b") for aspect in ("data", "model"))
    rungs = [
        Rung(claim=claim.id, where=where, settings={}, verdict={}, profile="", command="")
        for where in ("paper", "x", "y")
    ]
    steps = [
        Step(rung=rung, start=start, changes=changed if start else ())
        for rung, start in zip(rungs, [None, *rungs], strict=False)
    ]
    ladder = Ladder(claim=claim, suite="example", steps=steps, splits=[(), (), ()], open=())
    assert bottom_line(ladder).startswith("what steps 2 and 3 change is confounded")


def test_a_result_between_two_steps_would_split_them(workspace: Workspace) -> None:
    def rung(where: str, **settings: str) -> Rung:
        values = {name: (value,) for name, value in settings.items()}
        return Rung(claim="X.C1", where=where, settings=values, verdict={}, profile="", command="")

    paper = rung("paper", data="a", model="a", start="a")
    ours = rung("latest", data="b", model="b", start="b")
    between = rung("", data="b", model="a", start="a")
    beyond = rung("", data="c", model="c", start="c")
    steps, _ = climb([paper, ours, between, beyond])
    assert [step.splits for step in steps] == [(), (between,)]


def test_cells_of_a_matrix_are_told_where_they_change_one_thing(workspace: Workspace) -> None:
    def rung(*, of_matrix: bool, **settings: str) -> Rung:
        values = {name: (value,) for name, value in settings.items()}
        return Rung(
            claim="X.C1-a",
            where="latest",
            settings=values,
            verdict={},
            profile="",
            command="",
            variant=(settings["definition"], settings["tuned"]) if of_matrix else None,
        )

    base = rung(of_matrix=False, definition="a", tuned="fixed")
    same = rung(of_matrix=True, definition="a", tuned="fixed")
    other = rung(of_matrix=True, definition="b", tuned="fixed")
    both = rung(of_matrix=True, definition="b", tuned="tuned")
    steps, left_out = climb([base, same, other, both])
    assert [step.rung.name for step in steps] == ["X.C1-a", "X.C1-a [b; fixed]"]
    assert left_out == 1
