"""params.yaml: what a user may write, and what is said about what they may not."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from benchmark.store.workspace import find_workspace
from benchmark.suite import params_file
from benchmark.suite.folder import find
from benchmark.suite.params import Params, ParamsError, assignments, read, resolve, seeds
from benchmark.suite.suite import Suite
from tests import root

suite_text = '''
from __future__ import annotations
from dataclasses import dataclass, replace
from typing import Literal
from benchmark.suite.suite import Suite

@dataclass(frozen=True, kw_only=True)
class Config:
    seeds: tuple[int, ...] = tuple(range(10))
    data: str = "digits"
    batch_sizes: tuple[int, ...] = (16, 512)
    lr: float = 0.1
    n_train: int | None = None
    norm: Literal["none", "batch"] = "none"
    fast: bool = False

    def __post_init__(self) -> None:
        if self.lr <= 0:
            raise ValueError(f"Config.lr is {self.lr}; give a number > 0")

suite = Suite(
    name="width", title="Width", question="?", sources=(), cells=lambda config: (), measures=lambda config: (),
    profiles={"ci": Config(), "small": Config(data="cifar10"), "full": replace(Config(), batch_sizes=(256, 4096))},
)
'''  # fmt: skip


@pytest.fixture
def suites_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "suites" / "width"
    folder.mkdir(parents=True)
    (folder / "suite.py").write_text(suite_text)
    return tmp_path / "suites"


@pytest.fixture
def suite(suites_dir: Path) -> Suite:
    return find("width", suites_dir).suite


def read_text(text: str | bytes, suites_dir: Path) -> Params:
    path = suites_dir.parent / "params.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path, suites_dir)


def problems(text: str | bytes, suites_dir: Path) -> list[str]:
    with pytest.raises(ParamsError) as caught:
        read_text(text, suites_dir)
    return str(caught.value).splitlines()


def test_absent_file_means_defaults(tmp_path: Path) -> None:
    assert read(tmp_path / "params.yaml", tmp_path / "suites") == Params()


def test_null_means_as_the_profile_says(suites_dir: Path) -> None:
    params = read_text("profile: small\nsuites:\n  width:\n    lr: null\n    seeds:\n", suites_dir)
    assert params == Params(profile="small", suites={"width": {}})


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [
        ("lr: 1e-3", "lr", 0.001),
        ("lr: 2", "lr", 2.0),
        ("n_train: 1e3", "n_train", 1000),
        ("batch_sizes: [16, 64]", "batch_sizes", (16, 64)),
        ("batch_sizes:\n    - 8", "batch_sizes", (8,)),
        ("n_train: none", "n_train", None),
        ("norm: batch", "norm", "batch"),
        ("norm: none", "norm", "none"),
        ("fast: true", "fast", True),
        ("data: 'cifar10'", "data", "cifar10"),
        ("data: 2020-01-01", "data", "2020-01-01"),
    ],
)
def test_values_become_the_type_of_their_field(
    written: str, field: str, value: Any, suites_dir: Path
) -> None:
    found = read_text(f"suites:\n  width:\n    {written}\n", suites_dir).suites["width"][field]
    assert found == value
    assert type(found) is type(value)


def test_every_problem_is_told_at_once_with_its_line(suites_dir: Path) -> None:
    text = (
        "profile: smal\ndevice: gpu\nsuits: {}\n"
        "suites:\n  widht: {}\n  width:\n    batch_sizess: [1]\n    lr: fast\n"
    )
    assert problems(text, suites_dir) == [
        "params.yaml:1: profile: expected one of ci, small, full, got smal; did you mean small?",
        "params.yaml:2: device: expected auto, cpu, cuda or cuda:1, got gpu",
        "params.yaml:3: suits: unknown key; did you mean suites?",
        "params.yaml:5: suites.widht: unknown key; did you mean width?",
        "params.yaml:7: suites.width.batch_sizess: unknown key; did you mean batch_sizes?",
        "params.yaml:8: suites.width.lr: expected a number, got fast",
    ]


def test_what_the_config_refuses_has_the_line_of_its_field(suites_dir: Path) -> None:
    text = "suites:\n  width:\n    seeds: [1]\n    lr: -1\n"
    assert problems(text, suites_dir) == ["params.yaml:4: suites.width: Config.lr is -1.0; give a number > 0"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("seeds: 3", "a list, each item an integer, got 3"),
        ("seeds: [0, 1.5]", "a list, each item an integer, got [0, 1.5]"),
        ("seeds: 0-9", 'a list, each item an integer, got "0-9"'),
        ("fast: no", "true or false, got no"),
        ("fast: 1", "true or false, got 1"),
        ("lr: '1e-3'", 'a number, got "1e-3"'),
        ("lr: true", "a number, got true"),
        ("lr: [0.1]", "a number, got [0.1]"),
        ("n_train: many", "an integer or none, got many"),
        ("n_train: 10.5", "an integer or none, got 10.5"),
        ("lr: none", "a number, got none"),
        ("norm: layer", "one of none, batch, got layer"),
        ("data: 3", "text, got 3"),
        ("data: {a: 1}", "text, got {a: 1}"),
    ],
)
def test_wrong_types_are_told_with_the_expected_type(written: str, expected: str, suites_dir: Path) -> None:
    (problem,) = problems(f"suites:\n  width:\n    {written}\n", suites_dir)
    name = written.partition(":")[0]
    assert problem == f"params.yaml:3: suites.width.{name}: expected {expected}"


bomb = "a: &a [x, x]\n" + "".join(
    f"{y}: &{y} [*{x}, *{x}]\n" for x, y in zip("abcdefgh", "bcdefghi", strict=True)
)

bad_files = {
    "tab": b"suites:\n\twidth: {}\n",
    "unclosed bracket": b"profile: [ci\n",
    "unclosed quote": b"profile: 'ci\n",
    "bad indent": b"profile: ci\n  data: x\n",
    "colon in value": b"data: a: b\n",
    "two documents": b"profile: ci\n---\nprofile: ci\n",
    "unknown escape": b'data: "\\q"\n',
    "undefined alias": b"data: *there\n",
    "alias": b"data: &x y\ndevice: *x\n",
    "alias bomb": bomb.encode(),
    "python tag": b"data: !!python/object/apply:os.system [true]\n",
    "own tag": b"data: !mine x\n",
    "binary": b"data: !!binary aGk=\n",
    "set": b"suites: !!set {a, b}\n",
    "duplicate key": b"profile: ci\nprofile: small\n",
    "duplicate field": b"suites:\n  width:\n    lr: 1\n    lr: 2\n",
    "duplicate suite": b"suites:\n  width: {}\n  width: {}\n",
    "complex key": b"? [a, b]\n: c\n",
    "list at the top": b"- profile\n",
    "text at the top": b"profile\n",
    "suites as list": b"suites: [width]\n",
    "suite as text": b"suites:\n  width: wide\n",
    "profile as list": b"profile: [ci]\n",
    "profile as mapping": b"profile: {ci: 1}\n",
    "profile in capitals": b"profile: CI\n",
    "number as data": b"data: 3\n",
    "empty data": b"data: ''\n",
    "nul in data": b'data: "a\\0b"\n',
    "device tpu": b"device: tpu\n",
    "device number": b"device: 0\n",
    "device cuda:x": b"device: cuda:x\n",
    "nan": b"suites:\n  width:\n    lr: .nan\n",
    "infinity": b"suites:\n  width:\n    lr: .inf\n",
    "overflow": b"suites:\n  width:\n    lr: 1e999\n",
    "huge integer": b"suites:\n  width:\n    n_train: " + b"9" * 5000 + b"\n",
    "float in exponent": b"suites:\n  width:\n    n_train: 1e-3\n",
    "merge key": b"suites:\n  width:\n    <<: {lr: 1}\n",
    "nested lists": b"suites:\n  width:\n    seeds: [[1]]\n",
    "null in list": b"suites:\n  width:\n    seeds: [1, null]\n",
    "text in list": b"suites:\n  width:\n    seeds: [one]\n",
    "numeric key": b"1: 2\n",
    "key of another level": b"lr: 0.1\n",
    "suite at the top": b"width: {}\n",
    "traversal as suite": b"suites:\n  ../width: {}\n",
    "deep nesting": b"[" * 100_000,
    "deep blocks": b"".join(b" " * i + b"a:\n" for i in range(300)),
    "long file": b"# " + b"x" * 300_000,
    "many keys": b"".join(b"k%d: 1\n" % i for i in range(2000)),
    "not utf-8": b"data: \xff\n",
    "nul byte": b"data: \x00\n",
    "escape character": b"data: \x1b[31m\n",
    "bom twice": b"\xef\xbb\xbf\xef\xbb\xbfprofile: small2\n",
    "directive": b"%YAML 9.9\n---\nprofile: ci\n",
    "json with trailing text": b'{"profile": "ci"} x\n',
    "unterminated flow": b"suites: {width: {lr: 1}\n",
    "reserved character": b"data: @home\n",
    "backtick": b"data: `pwd`\n",
    "percent": b"data: %x\n",
    "anchor alone": b"data: &\n",
    "block scalar indent": b"data: |0\n  x\n",
    "invalid date as number": b"suites:\n  width:\n    lr: 2020-13-45\n",
}


@pytest.mark.parametrize("name", bad_files)
def test_bad_files_are_refused_in_words_and_quickly(name: str, suites_dir: Path) -> None:
    began = time.process_time()
    lines = problems(bad_files[name], suites_dir)
    assert lines
    assert all(line.startswith("params.yaml") for line in lines)
    whole_file = name in ("long file", "not utf-8")
    assert whole_file or all(line.split(":")[1].isdigit() for line in lines)
    assert time.process_time() - began < 5


def test_set_takes_yaml_values_of_fields(suite: Suite) -> None:
    found = assignments(["batch_sizes=[16, 64]", "lr=1e-3", "norm=batch", "n_train=null"], suite)
    assert found == {"batch_sizes": (16, 64), "lr": 0.001, "norm": "batch", "n_train": None}


def test_set_tells_every_problem(suite: Suite) -> None:
    with pytest.raises(ParamsError) as caught:
        assignments(["lr=fast", "batchsizes=[1]", "lr", "norm=[", "seeds=*x", "fast=null"], suite)
    assert len(caught.value.problems) == 6
    assert "did you mean batch_sizes?" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0-3", (0, 1, 2, 3)), ("3", (3,)), ("0,1, 2", (0, 1, 2)), ("0-2,7,1", (0, 1, 2, 7))],
)
def test_seeds_are_ranges_and_lists(text: str, expected: tuple[int, ...]) -> None:
    assert seeds(text) == expected


@pytest.mark.parametrize("text", ["", "a", "3-1", "-1", "0..9", "1,", "0-999999999", "1e3", "1-2-3"])
def test_bad_seeds_are_refused(text: str) -> None:
    with pytest.raises(ParamsError, match="write 0-9, 3 or 0,1,2"):
        seeds(text)


def test_overrides_replace_fields_of_the_profile(suite: Suite) -> None:
    config = resolve(suite, profile="full", overrides={"lr": 0.5})
    assert (config.lr, config.batch_sizes) == (0.5, (256, 4096))


def test_unknown_profile_and_refused_values_are_problems(suite: Suite) -> None:
    with pytest.raises(ParamsError, match="did you mean full"):
        resolve(suite, profile="ful", overrides={})
    with pytest.raises(ParamsError, match="give a number > 0"):
        resolve(suite, profile="ci", overrides={"lr": -1.0})


def test_written_file_reads_back_and_keeps_values(suites_dir: Path) -> None:
    path = suites_dir.parent / "params.yaml"
    path.write_text(
        "profile: small\nsuites: {width: {lr: 1e-3, batch_sizes: [1, 2], norm: 'batch', gone: null, n_train: none}}\n"
    )
    assert params_file.update(path, suites_dir)
    written = read(path, suites_dir)
    assert written.profile == "small"
    assert written.suites["width"] == {"lr": 0.001, "batch_sizes": (1, 2), "norm": "batch", "n_train": None}
    assert not params_file.update(path, suites_dir)


def test_written_file_lists_every_knob_with_what_it_may_be(suites_dir: Path) -> None:
    path = suites_dir.parent / "params.yaml"
    params_file.update(path, suites_dir)
    text = path.read_text()
    assert "    # one of none, batch; none\n    norm: null\n" in text
    assert "    # text; ci digits, small cifar10, full digits\n    data: null\n" in text
    assert "    # a list, each item an integer; [0, ..., 9]\n" in text


def test_a_file_with_problems_is_left_alone(suites_dir: Path) -> None:
    path = suites_dir.parent / "params.yaml"
    path.write_text("suites: {width: {gone: 3}}\n")
    with pytest.raises(ParamsError, match="unknown key"):
        params_file.update(path, suites_dir)
    assert "gone: 3" in path.read_text()


def test_a_suite_that_cannot_be_imported_does_not_stop_the_others(suites_dir: Path) -> None:
    (suites_dir / "broken").mkdir()
    (suites_dir / "broken" / "suite.py").write_text("1 / 0\n")
    assert read_text("suites: {width: {lr: 2}, broken: {x: 1}}\n", suites_dir).suites == {
        "width": {"lr": 2.0}
    }


def test_a_file_is_in_step_however_it_is_laid_out(suites_dir: Path) -> None:
    path = suites_dir.parent / "params.yaml"
    assert not params_file.is_in_step(path, suites_dir)
    params_file.update(path, suites_dir)
    lines = [line for line in path.read_text().splitlines() if not line.strip().startswith("#")]
    path.write_text("\n".join(lines).replace("lr: null", "lr:"))
    assert params_file.is_in_step(path, suites_dir)
    path.write_text("\n".join(line for line in lines if "lr:" not in line))
    assert not params_file.is_in_step(path, suites_dir)


def test_the_repository_s_file_is_in_step_with_its_suites() -> None:
    workspace = find_workspace(root)
    assert params_file.is_in_step(workspace.params, workspace.suites), "run: lossbench params"


def test_a_suite_with_a_mistake_keeps_its_knobs(tmp_path: Path) -> None:
    shutil.copytree(root / "suites" / "width", tmp_path / "suites" / "width")
    path, code = tmp_path / "params.yaml", tmp_path / "suites" / "width" / "suite.py"
    params_file.update(path, tmp_path / "suites")
    path.write_text(path.read_text().replace("    lr: null", "    lr: 0.05", 1))
    before = path.read_text()
    code.write_text(code.read_text().replace("MLP(width=", "MLP(witdh="))
    with pytest.raises(TypeError, match="witdh"):
        params_file.update(path, tmp_path / "suites")
    assert path.read_text() == before
