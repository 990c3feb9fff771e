"""What the report survives: results that are absent, damaged, or not judged, and figures that fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.cli import report as report_command
from benchmark.report.pages.page import write_report
from benchmark.store.workspace import Workspace
from tests.report import synthetic
from tests.report.reports import read, report
from tests.report.tags import Tags


def test_no_results_yet_says_what_to_type(tmp_path: Path) -> None:
    text = Tags(report(tmp_path, synthetic.workspace(tmp_path))).text
    assert "This suite has no results yet." in text and "not judged yet" in text
    landing = Tags(read(tmp_path, "index.html")).text
    assert "No results yet." in landing
    assert f"lossbench run {synthetic.name} && lossbench judge {synthetic.name}" in landing


def test_no_suites_at_all_still_make_a_page(tmp_path: Path) -> None:
    paths = write_report(Workspace(tmp_path), [])
    assert "lossbench run SUITE" in Tags(paths.html.read_text()).text
    assert "No results yet" in paths.markdown.read_text()
    assert paths.csv == ()


def test_one_suite_of_two_without_results_leaves_the_other_whole(tmp_path: Path) -> None:
    workspace, folder = synthetic.finished(tmp_path)
    other = synthetic.workspace(tmp_path, suite="other_example", title="Another one")
    write_report(workspace, [folder, other])
    assert "No results yet:" in Tags(read(tmp_path, "index.html")).text
    assert "This suite has no results yet." in Tags(read(tmp_path, "other_example.html")).text
    assert "loss is not finite at step 40" in Tags(read(tmp_path, f"{folder.name}.html")).text


def test_a_claim_without_verdict_is_not_run(tmp_path: Path) -> None:
    folder = synthetic.workspace(tmp_path)
    synthetic.put_results(tmp_path, folder.name, synthetic.rows(), {}, synthetic.provenance())
    page = Tags(report(tmp_path, folder))
    assert page.attribute("class").count("badge not_run") == 10
    assert "not judged yet" in page.text
    assert Tags(read(tmp_path, "index.html")).text.count("not judged yet") == 5


@pytest.mark.parametrize(
    "name", ["verdicts.json", "provenance.json", "records.parquet", "best.json", "pareto.json"]
)
def test_a_damaged_file_is_a_note_and_not_the_end(name: str, tmp_path: Path) -> None:
    workspace, folder = synthetic.finished(tmp_path)
    (tmp_path / "results" / folder.name / name).write_bytes(b"[broken")
    write_report(workspace, [folder])
    for page in ("index.html", f"{folder.name}.html"):
        assert f"{name} cannot be read" in Tags(read(tmp_path, page)).text


def test_a_figure_that_raises_leaves_a_hole_with_its_reason(tmp_path: Path) -> None:
    _, folder = synthetic.finished(tmp_path)
    (folder.path / "figures.py").write_text(
        'def bad(records, arrays):\n    """Broken"""\n    raise KeyError("lambda")\n\n'
        'def absent(records, arrays):\n    """Absent"""\n\nfigures = (bad, absent)\n'
    )
    text = Tags(report(tmp_path, folder)).text
    assert "This figure could not be drawn: KeyError: 'lambda'" in text
    assert "There are no records for this figure in this profile." in text


other_arm = """
from benchmark.cells.cell import Cell
from benchmark.cells.data.digits import Digits
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD

cell = Cell(data=Digits(), model=MLP(), training=SGD(batch_size=8, lr=0.1, epochs=1))
"""
cells_of_other_arm = 'cells=lambda config: (cell,), label=lambda config, cell: {"skips": "with"}'
mistyped = """
from benchmark.report.figures.kinds.against import Against, Panel
from benchmark.stats.number import Number

number = Number(measure="hessian_extremes", quantity="lambda_max")
panels = (Panel(number=number, label="nats"),)
said = dict(title="A title", caption="A caption", x_label="batch size", panels=panels)
figures = (
    Against(name="mistyped", x="batch_sise", **said),
    Against(name="of_other_arms", x="batch_size", where={"skips": "with"}, **said),
    Against(name="drawn", x="batch_size", where={"arm": "matched_loss"}, **said),
)
"""


def test_a_mistyped_column_is_named_on_the_page_and_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, folder = synthetic.finished(tmp_path)
    suite = folder.path / "suite.py"
    suite.write_text(other_arm + suite.read_text().replace("cells=lambda config: ()", cells_of_other_arm))
    (folder.path / "figures.py").write_text(mistyped)
    monkeypatch.setattr(report_command, "open_workspace", lambda: (workspace, None))
    report_command.report()
    why = "UnknownColumn: mistyped: x='batch_sise' is no column of the records, nor of any arm of the suite"
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("no figure: ")]
    assert lines == [
        f"no figure: {folder.name}/mistyped: This figure could not be drawn: {why}; did you mean batch_size?",
        f"no figure: {folder.name}/of_other_arms: There are no records for this figure in this profile.",
    ]
    assert why in Tags(read(tmp_path, f"{folder.name}.html")).text
