"""The report as a whole: for all readers, the same each time, and nothing in it from outside."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
from markdown_it import MarkdownIt

from benchmark.report.pages import clocks
from benchmark.report.pages.page import write_report
from benchmark.report.words import wording
from tests.report import synthetic
from tests.report.reports import read, report
from tests.report.synthetic_sweep import put_sweep
from tests.report.tags import Tags, assert_links_arrive

attack = '<script>alert(1)</script>"><img src=x onerror=alert(2)> | `x` [a](http://evil.example) @you'


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
    put_sweep(tmp_path, folder.name, arm=attack, name=attack)
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


def test_verdicts_of_the_csv_file_read_back(finished: Path) -> None:
    table = pd.read_csv(finished / "verdicts.csv")
    assert list(table["claim"]) == list(synthetic.verdicts())
    assert json.loads(table["scope"].iloc[0])["data"] == ["Digits"]
