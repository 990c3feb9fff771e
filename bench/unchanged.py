"""`dvc repro` where nothing has changed: this repository's pipeline, beside one whose commands cost nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bench.command_line import contender, output, surroundings
from bench.comparison import Comparison, Effort, Quantity
from bench.method import Row, least_ratio
from bench.results import root

bare, kept = "bare DVC", ".kept"
most = 1.5  # times bare DVC
tracked = ("benchmark", "suites", "params.yaml", "requirements.lock", "dvc.yaml", ".dvcignore", ".gitignore")


def comparisons(effort: Effort) -> Iterator[Comparison]:
    """Yield the table; its workspaces last as long as that is measured."""
    with tempfile.TemporaryDirectory(prefix="lossbench-unchanged-") as scratch:
        effort.tick("unchanged: two workspaces with all outputs")
        ours, theirs = Path(scratch, "ours"), Path(scratch, "bare")
        make(root, ours)
        shutil.copytree(ours, theirs, symlinks=True)
        disarm(theirs)
        for place in (ours, theirs):
            commit(place)
        yield Comparison(
            title="`dvc repro` where nothing has changed",
            note="Stages, dependencies and outputs of this repository, its outputs stand-ins. Two stages run whenever "
            "they are asked, to look at what lies outside: which data there are, and what is published. In bare DVC "
            "both only copy the file that they made before, and no command is ever one of ours.",
            error_name="wrong outputs",
            contenders=[
                contender("lossbench", partial(repro, ours), is_right=is_unchanged),
                contender(bare, partial(repro, theirs), is_right=is_unchanged),
            ],
            seeds=[0],
            quantities=quantities,
            n_rounds=5,
            budget_s=40,
        )


def make(source: Path, place: Path) -> None:
    """Make a workspace with the code of a checkout, and stand-ins for all outputs."""
    place.mkdir()
    for name in tracked:
        path = source / name
        if path.is_dir():
            shutil.copytree(path, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.is_file():
            shutil.copyfile(path, place / name)
    output(["git", "init", "--quiet"], place)
    output(["dvc", "init", "--quiet"], place)
    output(["dvc", "config", "core.analytics", "false"], place)
    output(["lossbench", "data", "pin", "results/data"], place, surroundings(PYTHONPATH=str(place)))
    output(["lossbench", "published", "results/published.json"], place, surroundings(PYTHONPATH=str(place)))
    for name in missing_outputs(place):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.suffix:
            path.mkdir()
            path /= "file"
        path.write_text(f"{name}\n")


def missing_outputs(place: Path) -> Iterator[str]:
    """Yield the outputs of the pipeline that are not there."""
    suites = list(YAML(typ="safe").load(place / "params.yaml")["suites"])
    for stage in YAML(typ="safe").load(place / "dvc.yaml")["stages"].values():
        body = stage.get("do", stage)
        for each in [*body["outs"], *body.get("metrics", ()), *body.get("plots", ())]:
            name = each if isinstance(each, str) else next(iter(each))
            names = [name.replace("${key}", suite) for suite in suites] if "foreach" in stage else [name]
            yield from (one for one in names if not (place / one).exists())


def disarm(place: Path) -> None:
    """Make the commands of a pipeline cost nothing: `true`, and a copy where a stage runs whenever it is asked."""
    text = YAML()
    pipeline = text.load(place / "dvc.yaml")
    (place / kept).mkdir()
    for stage in pipeline["stages"].values():
        body: dict[str, Any] = stage.get("do", stage)
        body["cmd"] = "true"
        if body.get("always_changed"):
            (name,) = body["outs"]
            copy = f"{kept}/{Path(name).name}"
            output(["cp", "-r", name, copy], place)
            body["cmd"] = f"cp -r {copy} {name}"
    text.dump(pipeline, place / "dvc.yaml")


def commit(place: Path) -> None:
    """Tell DVC that all outputs are what their stages made, and let it run once."""
    output(["dvc", "commit", "--force", "--quiet"], place, environment(place))
    repro(place)


def environment(place: Path) -> dict[str, str]:
    """Return that of a command in a workspace."""
    return surroundings(PYTHONPATH=str(place), DVC_NO_ANALYTICS="1")


def repro(place: Path) -> str:
    """Ask for everything, and return what DVC said."""
    return output(["dvc", "repro"], place, environment(place))


def is_unchanged(said: str) -> bool:
    """Tell whether only those stages ran that run whenever they are asked."""
    ran = [line for line in said.splitlines() if line.startswith("Running stage")]
    return len(ran) == 2 and "didn't change" in said


def quantities(rows: Sequence[Row]) -> list[Quantity]:
    """Return ours beside bare DVC."""
    return [Quantity(name=f"beside {bare}", value=least_ratio(rows, bare), most=most)]
