"""The report as a whole: what it says, what it survives, and that nothing in it comes from outside."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
from markdown_it import MarkdownIt

from benchmark.cli import report as report_command
from benchmark.report.pages import clocks
from benchmark.report.pages.page import write_report
from benchmark.report.words import wording
from benchmark.results import links
from benchmark.stats.verdict import Outcome, Reason
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder
from tests.report import synthetic

attack = '<script>alert(1)</script>"><img src=x onerror=alert(2)> | `x` [a](http://evil.example) @you'


class Tags(HTMLParser):
    """Every start tag with its attributes, and the text outside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.headings: dict[str, str] = {}
        self._heading = ""
        self._skipped = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._skipped = tag in ("script", "style")
        self._heading = (dict(attrs).get("data-name") or "") if tag == "th" else self._heading

    def handle_endtag(self, tag: str) -> None:
        self._skipped = False
        self._heading = "" if tag == "th" else self._heading

    def handle_data(self, data: str) -> None:
        self.text += "" if self._skipped else data
        if self._heading:
            self.headings[self._heading] = self.headings.get(self._heading, "") + data

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]

    def column(self, name: str) -> str:
        """Return what stands in the heading of a column of the board."""
        return self.headings.get(name, "")

    def attribute(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name)) is not None]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("finished")
    workspace, folder = synthetic.finished(root, figures=True)
    write_report(workspace, [folder])
    return root / "reports" / "latest"


@pytest.fixture(scope="module")
def page(finished: Path) -> Tags:
    """The page of the suite."""
    return Tags((finished / f"{synthetic.name}.html").read_text())


@pytest.fixture(scope="module")
def landing(finished: Path) -> Tags:
    return Tags((finished / "index.html").read_text())


def test_every_outcome_is_a_badge_in_the_headline_table(page: Tags) -> None:
    badges = Counter(
        words for words in page.attribute("class") if words.startswith("badge ") and "glyph" not in words
    )
    assert badges == {  # once in the table, once in the claim's own section; S1.C7 is out of scope
        "badge reproduced": 4, "badge contradicted": 2, "badge inconclusive": 2, "badge not_run": 1,
    }  # fmt: skip


def test_claims_about_other_data_stand_apart(page: Tags) -> None:
    assert "1 claim about other data or models than have run" in page.text
    assert "claim-S1.C7" in page.attribute("id")


def test_effects_stand_with_interval_paper_value_and_how_it_is_known(page: Tags) -> None:
    text = " ".join(page.text.split())
    assert "1.18 [0.93, 1.43]" in text
    assert "10 to 100 times from memory, unconfirmed" in text
    assert "as a factor ×3.25 [×2.53, ×4.18]" in text
    assert "would decide with 80 % power: 34" in text


def test_a_badge_that_is_not_reproduced_says_why_in_a_few_words(page: Tags, finished: Path) -> None:
    assert Counter(page.attribute("class"))["reason"] == 2
    assert "effect too small" in page.text and "interval crosses zero" in page.text
    twin = (finished / "index.md").read_text()
    assert "| contradicted (effect too small) |" in twin and "log ratio (×3.25)" in twin
    assert "contradicted 0.31 \\[−0.02, 0.62\\] (effect too small) |" in twin


def test_provenance_shows_settings_as_they_are_written(tmp_path: Path) -> None:
    folder = synthetic.workspace(tmp_path)
    origin = synthetic.provenance() | {"git": None, "config": {"lr": 0.1, "n_test": None}}
    synthetic.put_results(tmp_path, folder.name, synthetic.rows(), synthetic.verdicts(), origin)
    page = report(tmp_path, folder)
    assert "lr 0.1, n_test none" in page
    assert ">not under version control</dd>" in page


def test_ci_results_are_called_regression_not_evidence(page: Tags, landing: Tags, tmp_path: Path) -> None:
    assert wording.regression_note in page.text and wording.regression_note in landing.text
    assert wording.regression_note.startswith(
        "Results of the profile ci are regression checks, not evidence:"
    )
    assert "regression" in landing.column("latest")
    folder = synthetic.workspace(tmp_path)
    origin = synthetic.provenance() | {"profile": "full"}
    synthetic.put_results(tmp_path, folder.name, synthetic.rows(profile="full"), synthetic.verdicts(), origin)
    assert wording.regression_note not in report(tmp_path, folder)
    assert wording.regression_note not in Tags(read(tmp_path, "index.html")).text


def test_failed_and_unconverged_cells_are_listed_once_each(page: Tags) -> None:
    assert page.text.count("loss is not finite at step 40") == 1
    assert page.text.count("loss 0.0113 after 4000 steps, wanted 0.01") == 1
    assert "batch size 128 (n = 9, 1 failed)" in page.text


def test_all_six_figures_are_drawn_and_described(page: Tags) -> None:
    figures = [svg for svg in page.all("svg") if svg.get("role") == "img"]
    assert len(figures) == 6
    assert all(svg.get("aria-label") for svg in figures)
    assert "could not be drawn" not in page.text


def test_ids_are_unique_and_every_reference_arrives(page: Tags, landing: Tags, finished: Path) -> None:
    clips = [
        found for value in page.attribute("clip-path") for found in re.findall(r"url\(#([^)]+)\)", value)
    ]
    assert clips and set(clips) <= set(page.attribute("id"))
    for one in (page, landing):
        ids = one.attribute("id")
        assert len(ids) == len(set(ids))
        assert {*one.attribute("aria-labelledby"), *one.attribute("data-picks")} <= set(ids)
        assert_links_arrive(one, finished)


def test_nothing_is_loaded_from_elsewhere(finished: Path) -> None:
    for name in ("index", synthetic.name):
        text = (finished / f"{name}.html").read_text()
        one = Tags(text)
        assert one.attribute("src") == [] and not one.all("link") and not one.all("base")
        policy = next(meta["content"] for meta in one.all("meta") if meta.get("http-equiv"))
        assert policy is not None and policy.startswith("default-src 'none'")
        assert re.search(r"script-src 'sha256-[^']+' 'strict-dynamic';", policy)
        (script,) = (body for body in re.findall(r"<script>(.*?)</script>", text, re.DOTALL))
        assert re.findall(r"\.src = (.*);", script) == [f'"{clocks.script_name}"']  # from beside the page


def test_pages_are_for_those_who_hear_and_type_too(page: Tags, landing: Tags) -> None:
    for one in (page, landing):
        assert one.tags[[tag for tag, _ in one.tags].index("body") + 1] == (
            "a",
            {"class": "skip", "href": "#content"},
        )
        assert len(one.all("table")) == len(one.all("caption"))
        assert all(heading.get("scope") for heading in one.all("th"))
        assert all(
            box.get("aria-label") or box.get("aria-labelledby") for box in one.all("div") if box.get("role")
        )
        assert [link["href"] for link in one.all("a") if link.get("aria-current") == "page"]


def test_a_figure_and_its_claims_lead_to_each_other(page: Tags) -> None:
    links = page.attribute("href")
    assert links.count("#figure-error-against-sharpness") == 1  # from S1.C3-digits; it names S1.C10, too
    assert "#claim-S1.C3-digits" in links and "#figure-sharpness-against-batch-size" in links
    assert "#figure-training-curves" not in links


def test_a_verdict_says_what_its_cells_cost(tmp_path: Path) -> None:
    folder = synthetic.workspace(tmp_path)
    cells = {synthetic.key("matched_loss", size, seed): {"status": "done", "seconds": 2.0, "cached": size == 8}
             for size in (8, 500) for seed in range(10)}  # fmt: skip
    other = {synthetic.key("equal_epochs", 8, 0): {"status": "done", "seconds": 60.0}}
    origin = synthetic.provenance() | {"cells": cells | other, "seconds": 50.0}
    synthetic.put_results(tmp_path, folder.name, synthetic.rows(), synthetic.verdicts(), origin)
    text = Tags(report(tmp_path, folder)).text
    assert (
        "20 cells: 40.0 device-seconds, about 20 s of this run; 10 came from the run store at no cost" in text
    )


def test_equal_results_give_equal_bytes(finished: Path, tmp_path: Path) -> None:
    workspace, folder = synthetic.finished(tmp_path, figures=True)
    write_report(workspace, [folder])
    again = tmp_path / "reports" / "latest"
    assert {p.name: p.read_bytes() for p in again.iterdir()} == {
        p.name: p.read_bytes() for p in finished.iterdir()
    }


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    folder = synthetic.workspace(tmp_path, title=attack, question=attack)
    verdicts = synthetic.verdicts()
    for verdict in verdicts.values():
        verdict |= {
            "message": attack,
            "statement": attack,
            "source": attack,
            "unit": attack,
            "paper_value": attack,
        }
    verdicts[attack] = verdicts["S1.C7"]
    rows = synthetic.rows(reason=attack, status="failed", label=attack, unit=attack)
    origin = synthetic.provenance() | {
        "command": attack,
        "git": {"sha": attack, "dirty": False},
        "cells": {attack: {"status": "failed", "reason": attack, "name": attack}},
        "data": {attack: {"digest": attack}},
    }
    synthetic.put_results(tmp_path, folder.name, rows, verdicts, origin)
    synthetic.put_sweep(tmp_path, folder.name, arm=attack, name=attack)
    synthetic.put_matrix(tmp_path, folder.name, attack, rows=(attack,), columns=(attack, "plain"))
    for text in (report(tmp_path, folder), read(tmp_path, "index.html")):
        page = Tags(text)
        assert len(page.all("script")) == 1 and not page.all("img")
        assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
        assert attack in page.text
    twin = (tmp_path / "reports" / "latest" / "index.md").read_text()
    blocks = MarkdownIt("commonmark").enable("table").parse(twin)
    types = {token.type for block in blocks for token in (block, *(block.children or ()))}
    assert {"table_open", "code_inline"} <= types
    assert not {"html_inline", "link_open", "image"} & types
    own = {block.content for block in blocks if block.type == "html_block"}
    assert all(re.fullmatch(r"<details>\n<summary>[\w ,']+</summary>\n|</details>\n", text) for text in own)
    assert not re.search(r"(?<!`)@you", re.sub(r"`[^`\n]*`", "", twin.replace(r"\`", "")))


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


@pytest.mark.parametrize(
    "data",
    [
        {"cifar10-jpeg": {"kind": "ImageFolder", "digest": "ab", "source": "a folder"}},
        {"cifar10": {"kind": "CIFAR10", "digest": "ab", "source": "CIFAR-10, JPEG q75"}},
        {"my-pictures": {"kind": "ImageFolder", "digest": "ab", "source": ""}},
    ],
)
def test_a_papers_numbers_never_stand_beside_numbers_on_other_pictures(
    data: dict[str, object], tmp_path: Path
) -> None:
    folder = synthetic.workspace(tmp_path)
    origin = synthetic.provenance() | {"data": data}
    synthetic.put_results(tmp_path, folder.name, synthetic.rows(), synthetic.verdicts(), origin)
    text = report(tmp_path, folder) + read(tmp_path, "index.html") + read(tmp_path, "index.md")
    assert "10 to 100 times" not in text and "3.7 % points" not in text
    assert wording.withheld in text


def test_the_twin_says_the_same_verdicts(finished: Path) -> None:
    twin = (finished / "index.md").read_text()
    rows = [line for line in twin.splitlines() if line.startswith("| **")]
    assert len(rows) == 8  # on the board, and with all numbers below
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [3] * 4 + [8] * 4
    assert "from memory, unconfirmed" in twin and wording.regression_note in twin
    assert twin.count("<details>") == twin.count("</details>") == 2


def test_stale_tables_are_removed(tmp_path: Path) -> None:
    workspace, folder = synthetic.finished(tmp_path)
    stale = tmp_path / "reports" / "latest" / "gone_records.csv"
    stale.parent.mkdir(parents=True)
    stale.write_text("old")
    gone = stale.with_name("gone_suite.html")
    gone.write_text("old")
    paths = write_report(workspace, [folder])
    assert not stale.exists() and not gone.exists() and all(path.exists() for path in paths.csv)


def test_every_outcome_and_reason_has_words() -> None:
    assert set(wording.outcomes) == set(get_args(Outcome))
    assert set(get_args(Reason)) <= set(wording.reasons)


def test_verdicts_of_the_csv_file_read_back(finished: Path) -> None:
    table = pd.read_csv(finished / "verdicts.csv")
    assert list(table["claim"]) == list(synthetic.verdicts())
    assert json.loads(table["scope"].iloc[0])["data"] == ["Digits"]


def report(root: Path, folder: SuiteFolder) -> str:
    """Return the page of a suite, of a report of it alone, as a reader sees it."""
    path = write_report(Workspace(root), [folder]).pages[folder.name]
    return clocks.filled(path.read_text(), clocks.read(path.with_name(clocks.script_name)))


def read(root: Path, name: str) -> str:
    return (root / "reports" / "latest" / name).read_text()


def assert_links_arrive(page: Tags, folder: Path) -> None:
    """Every link leads to a file, and to a place in it."""
    assert page.attribute("href")
    for href in page.attribute("href"):
        if href.startswith(f"http://{links.host}:"):  # MLflow on this machine
            continue
        name, _, anchor = href.partition("#")
        path = folder / name
        assert not name or path.is_file(), href
        if anchor and (not name or path.suffix == ".html"):
            there = page if not name else Tags(path.read_text())
            assert anchor in there.attribute("id"), href


def test_how_much_of_an_interval_is_rounding_stands_where_it_was_measured(tmp_path: Path) -> None:
    workspace, folder = synthetic.finished(tmp_path)
    origin = {**synthetic.provenance(), "code": "c0de"}
    synthetic.put_results(tmp_path, folder.name, synthetic.rows(folder.name), synthetic.verdicts(), origin)
    key = next(iter(origin["cells"]))
    claim = {"share": 0.031, "outcome": "reproduced", "twin_outcome": "reproduced"}
    twins = {
        "code": "c0de", "precision": "float32", "seeds": [0, 1, 2],
        "cells": [{"key": key, "distance": 2e-5}], "claims": {"S1.C1-digits": claim},
    }  # fmt: skip
    place = workspace.results / folder.name / "twins.json"
    place.write_text(json.dumps(twins))
    write_report(workspace, [folder])
    page = (workspace.reports / "latest" / f"{folder.name}.html").read_text()
    assert page.count("3.1 % of the interval, on 3 seeds") == 1
    assert "differ by at most" in page
    place.write_text(json.dumps({**twins, "code": "other"}))
    write_report(workspace, [folder])
    page = (workspace.reports / "latest" / f"{folder.name}.html").read_text()
    assert "of the interval, on" not in page and "one rounding apart" not in page
