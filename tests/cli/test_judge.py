"""Judging: tables of anyone's, which correction stands in a p, and names that there are not."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from benchmark.cli.judge import in_short
from tests import root
from tests.command_line import Lossbench

header = "seed,measure,quantity,width,value\n"
family = """
import dataclasses

claims = (
    *claims,
    dataclasses.replace(claims[0], id="EX.C2", legs=(dataclasses.replace(claims[0].leg, bounds=None, reduce=difference(
        Number(measure="weight_norm", quantity="all"), factor="width", first="max", second="min")),)),
    dataclasses.replace(claims[0], id="EX.C3", population={"batch": 20}),
    dataclasses.replace(claims[0], id="EX.C4", confirmatory=False),
    dataclasses.replace(claims[0], id="EX.C5", population=lambda frame: frame["width"] > 0),
)
"""


@pytest.fixture
def table(workspace: Path) -> str:
    """Five seeds, in each of which the widest network is better; and a suite with a family of four."""
    rows = [
        f"{seed},{number},{width},{value + 0.001 * seed}\n"
        for seed in range(5)
        for number in ("performance,test_error", "weight_norm,all")
        for width, value in ((2, 0.5), (32, 0.1))
    ]
    (workspace / "mine.csv").write_text(header + "".join(rows))
    return "mine.csv"


def extend(workspace: Path, text: str) -> None:
    path = workspace / "suites/example/claims.py"
    path.write_text(path.read_text() + text)


def test_foreign_records_are_judged(lossbench: Lossbench, workspace: Path) -> None:
    rows = [
        f"{seed},performance,test_error,{width},{error + 0.001 * seed}"
        for seed in range(10)
        for width, error in ((2, 0.5), (32, 0.1))
    ]
    table = workspace / "mine.csv"
    table.write_text("\n".join(["seed,measure,quantity,width,value", *rows]) + "\n")
    assert lossbench("judge", "mine.csv")[0] == 2
    assert "did you mean EX.C1?" in lossbench("judge", "mine.csv", "--claim", "EX.C2")[2]
    code, out, _ = lossbench("judge", "mine.csv", "--claim", "EX.C1", "--json")
    assert code == 0
    assert json.loads(out)["EX.C1"]["outcome"] == "reproduced"


def test_a_claim_judged_without_its_family_has_no_adjusted_p(
    lossbench: Lossbench, workspace: Path, table: str
) -> None:
    extend(workspace, family)
    code, out, _ = lossbench("judge", table, "--claim", "EX.C1")
    assert code == 0
    assert "p of EX.C1 (0.031): unadjusted, for 1 of 4 confirmatory claims of family 1 was judged" in out
    verdict = json.loads(lossbench("judge", table, "--claim", "EX.C1", "--json")[1])["EX.C1"]
    assert (verdict["p_value"], verdict["p_adjusted"]) == (2**-5, None)
    assert verdict["correction"].startswith("unadjusted, for 1 of 4")


def test_claims_of_a_family_that_are_judged_together_are_corrected_by_holm(
    lossbench: Lossbench, workspace: Path, table: str
) -> None:
    extend(workspace, family)
    words = [word for name in ("EX.C5", "EX.C1", "EX.C2", "EX.C3") for word in ("--claim", name)]
    found = json.loads(lossbench("judge", table, *words[:-2], "--json")[1])
    assert list(found) == ["EX.C5", "EX.C1", "EX.C2"]
    assert {verdict["p_adjusted"] for verdict in found.values()} == {3 * 2**-5}
    assert {verdict["outcome"] for verdict in found.values()} == {"inconclusive"}
    out = lossbench("judge", table, *words)[
        1
    ]  # the batch, which the table does not say, is that of the claim
    assert "EX.C3 (0.12): Holm over all 4 confirmatory claims of family 1" in out


def test_an_exploratory_p_is_said_to_be_unadjusted(lossbench: Lossbench, workspace: Path, table: str) -> None:
    extend(workspace, family)
    assert (
        "p of EX.C4 (0.031): unadjusted, for they are exploratory"
        in lossbench("judge", table, "--claim", "EX.C4")[1]
    )


def test_nothing_is_to_be_corrected_for_in_a_family_of_one(lossbench: Lossbench, table: str) -> None:
    out = lossbench("judge", table, "--claim", "EX.C1")[1]
    assert "p of EX.C1 (0.031): the only confirmatory claim of its family" in out


def test_an_id_that_is_used_twice_is_told_with_both_places(lossbench: Lossbench, workspace: Path) -> None:
    extend(workspace, "claims = (*claims, claims[0])\n")
    for words in (
        ["list", "claims"],
        ["explain", "EX.C1"],
        ["judge", "mine.csv", "--claim", "EX.C1"],
        ["report"],
    ):
        (workspace / "mine.csv").write_text(header)
        code, _, err = lossbench(*words)
        assert code == 2, words
        assert "claim id 'EX.C1' is used twice" in err
        assert "example/claims.py, claims[0] (" in err and "example/claims.py, claims[1] (" in err
        assert err.count("\n") == 1


def test_an_id_of_two_suites_is_told_with_both_places(lossbench: Lossbench, workspace: Path) -> None:
    other = workspace / "suites/other"
    other.mkdir()
    for name in ("suite", "claims"):
        text = (workspace / f"suites/example/{name}.py").read_text()
        (other / f"{name}.py").write_text(text.replace('name="example"', 'name="other"'))
    (workspace / "mine.csv").write_text(header)
    for words in (
        ["list", "claims"],
        ["judge", "mine.csv", "--claim", "EX.C1"],
        ["judge", "example"],
        ["report"],
    ):
        code, _, err = lossbench(*words)
        assert code == 2, words
        assert "claim id 'EX.C1' is used twice" in err, words
        assert "example/claims.py, claims[0]" in err and "other/claims.py, claims[0]" in err


def test_a_suite_that_cannot_be_read_does_not_keep_another_from_being_judged(
    lossbench: Lossbench, workspace: Path
) -> None:
    other = workspace / "suites/other"
    other.mkdir()
    for name, text in (("suite", ""), ("claims", "1 / 0")):
        (other / f"{name}.py").write_text(text)
    assert "run first: lossbench run example" in lossbench("judge", "example")[2]


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        ("claims", 'quantity="test_error"', 'quantity="test_eror"', "claims.py: claim EX.C1: performance has no"),
        ("claims", 'measure="performance"', 'measure="performence"', "no measure is called 'performence'; did"),
        ("claims", 'quantity="test_error"', 'quantity="test_error", options={"rho": 1}', "has no option 'rho'"),
        ("figures", "number=test_error", "number=Number(measure='performance', quantity='test_eror')",
         "figures.py: figure error_against_width: performance has no"),
    ],
)  # fmt: skip
def test_a_mistyped_name_is_refused_with_the_nearest(
    file: str, right: str, wrong: str, said: str, lossbench: Lossbench, workspace: Path
) -> None:
    path = workspace / f"suites/example/{file}.py"
    text = path.read_text().replace(right, wrong)
    path.write_text(
        text.replace("annotations\n", "annotations\nfrom benchmark.stats.number import Number\n", 1)
    )
    code, _, err = lossbench("report")
    assert code == 2
    assert said in err
    assert "test_eror" not in text or "quantity 'test_eror'; did you mean 'test_error'?" in err
    if file == "claims":
        assert lossbench("judge", "mine.csv", "--claim", "EX.C1")[0] == 2
        assert lossbench("list", "claims")[0] == 2


def test_a_report_is_written_of_a_suite_that_cannot_be_read(lossbench: Lossbench, workspace: Path) -> None:
    (workspace / "suites/example/figures.py").write_text("figures = (undefined,)\n")
    assert lossbench("report")[0] == 0


def test_rows_that_are_too_many_are_told_by_the_columns_in_which_they_differ(
    lossbench: Lossbench, workspace: Path
) -> None:
    rows = [
        {"seed": 0, "measure": "performance", "quantity": "test_error", "value": 0.1,
         "factors": json.dumps({"width": width, "training.lr": lr, "training.epochs": 20})}
        for width in (2, 32) for lr in (0.1, 0.2)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(workspace / "mine.csv", index=False)
    code, _, err = lossbench("judge", "mine.csv", "--claim", "EX.C1")
    assert code == 2
    assert "2 rows of performance at quantity=test_error, width=32" in err
    assert "(training.lr=0.1); (training.lr=0.2); " in err and "epochs" not in err
    assert err.endswith("; or keep one of them in mine.csv\n")


def test_legs_of_a_conjunction_are_told_one_by_one_and_never_under_another_s_unit() -> None:
    verdict = {"outcome": "inconclusive", "reason": "interval_crosses_zero", "effect": 0.12, "low": -0.1, "high": 0.3,
               "unit": "decades", "message": "leg 1 (greater): 2 [1, 3], p = 0.01; leg 2 (greater): 0.12 [-0.1, 0.3]",
               "n_failed": 0, "n": 5, "scope": {}, "statement": "", "n_needed": 23}  # fmt: skip
    row = in_short("X.C1", verdict)
    assert row["effect [low, high] unit"] == verdict["message"]
    assert row["why"] == "interval crosses zero; 23 seeds would decide"
    assert (
        in_short("X.C1", {**verdict, "message": ""})["effect [low, high] unit"] == "0.12 [-0.1, 0.3] decades"
    )


@pytest.mark.parametrize(("column", "right"), [("quantity", "test_error"), ("measure", "performance")])
def test_what_a_table_mistypes_is_told_with_what_was_meant(
    column: str, right: str, lossbench: Lossbench, workspace: Path, table: str
) -> None:
    path = workspace / table
    path.write_text(path.read_text().replace(right, right[:-1]))
    code, _, err = lossbench("judge", table, "--claim", "EX.C1")
    assert code == 2
    assert f"column {column!r} has {right[:-1]!r}, did you mean {right!r}?" in err


def test_judge_takes_the_table_that_the_readme_shows(commands: Path, tmp_path: Path) -> None:
    rows = [
        f"{seed},hessian_extremes,lambda_max,{size},{value + seed / 100}"
        for seed in range(6)
        for size, value in ((8, 1.2), (500, 3.9))
    ]
    table = tmp_path / "table.csv"
    table.write_text("seed,measure,quantity,batch_size,value\n" + "\n".join(rows) + "\n")
    command = [str(commands / "lossbench"), "judge", str(table), "--claim", "S1.C1-digits-lambda_max"]
    shown = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert shown.returncode == 0 and "reproduced" in shown.stdout
    table.write_text(table.read_text().replace("hessian_extremes", "sharpness"))
    refused = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert refused.returncode == 2 and "cannot decide" in refused.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("bytes.csv", b"seed,measure,value\n0,\xff,1\n"),
        ("ragged.csv", b"seed,measure,value\n0,m,1\n0,m,1,2,3,4\n"),
        ("junk.parquet", b"PAR1 this is none PAR1"),
        ("factors.csv", b"seed,measure,value,factors\n0,m,1,{\n"),
        ("seed.csv", b"seed,measure,value\n1.5,m,1\n"),
    ],
)
def test_an_unreadable_table_is_bad_input(
    name: str, content: bytes, lossbench: Lossbench, workspace: Path
) -> None:
    (workspace / name).write_bytes(content)
    code, _, err = lossbench("judge", name, "--claim", "EX.C1")
    assert code == 2
    assert err.startswith(f"lossbench: {name}")
    assert err.count("\n") == 1


def test_a_damaged_table_of_a_suite_is_told_with_its_remedy(lossbench: Lossbench, workspace: Path) -> None:
    results = workspace / "results" / "example"
    results.mkdir(parents=True)
    (results / "records.parquet").write_bytes(b"damaged")
    (results / "verdicts.json").write_bytes(b"{")
    for words, remedy in ((["judge", "example"], "run SUITE"), (["list", "verdicts"], "judge example")):
        code, _, err = lossbench(*words)
        assert code == 2
        assert f"lossbench {remedy}" in err
