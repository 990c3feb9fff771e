"""What is said about what params.yaml may not hold."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.suite.params_texts import problems


def test_every_problem_is_told_at_once_with_its_line(suites_dir: Path) -> None:
    text = (
        "profile: smal\ndevice: gpu\nsuits: {}\n"
        "suites:\n  widht: {}\n  width:\n    batch_sizess: [1]\n    lr: fast\n"
    )
    assert problems(text, suites_dir) == [
        "params.yaml:1: profile: expected one of ci, small, pictures, full, got smal; did you mean small?",
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
