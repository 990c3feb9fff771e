"""dvc.yaml: which stages an edit makes run again, and that it names what the stages really import.

`lossbench` is replaced by a script that writes the outputs and computes nothing.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from dvc.repo import Repo
from ruamel.yaml import YAML

from benchmark.suite import params_file
from benchmark.suite.folder import available
from tests import root

every_suite = ["batch_size_sharpness", "example"]  # stages are one template: two show what is shared

stub = """\
#!/bin/sh
echo "$*" >> commands.log
case "$1" in
  published) mkdir -p results; echo '{}' > "$2" ;;
  data) mkdir -p "$3"; for s in suites/*/; do n=$(basename "$s"); echo '{}' > "$3/$n.json"; done ;;
  sweep) mkdir -p "results/$2"; cat "suites/$2/suite.py" > "results/$2/best.json" ;;
  run) mkdir -p "results/$2/arrays"; grep -v '#' params.yaml > "results/$2/records.parquet"
       echo x > "results/$2/provenance.json"; echo x > "results/$2/arrays/x"
       date > "results/$2/invocation.json"; : > "results/.$2.lock" ;;
  judge) cat "suites/$2/claims.py" > "results/$2/verdicts.json"
         echo '{"S1": {"effect": 1}}' > "results/$2/metrics.json"
         printf 'arm,step,loss\\na,0,1.0\\n' > "results/$2/curves.csv" ;;
  report) mkdir -p reports/latest; echo x > reports/latest/index.html; date > reports/latest/clocks.js ;;
esac
"""


def dvc(folder: Path, *words: str) -> str:
    """Call DVC, with the stub in place of `lossbench`; both lie beside the repository."""
    environment = {
        **os.environ,
        "PATH": f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "DVC_NO_ANALYTICS": "1",
        **{
            f"GIT_{who}_{what}": "nobody@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    command = [str(folder.parent / "bin" / "dvc"), *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ran(folder: Path) -> list[str]:
    """Return the commands since the last call, `data` and `published`, which always run, aside."""
    log = folder / "commands.log"
    commands = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [command for command in commands if not command.startswith(("data", "published"))]


@pytest.fixture(scope="module")
def reproduced(commands: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with one of its suites and another, reproduced once."""
    base = tmp_path_factory.mktemp("a path with spaces")
    folder = base / "repository"
    for name in ("benchmark", "suites", ".dvc", "dvc.yaml", ".dvcignore", ".gitignore", "requirements.lock"):
        source = root / name
        if source.is_dir():
            shutil.copytree(
                source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "tmp", "cache")
            )
        else:
            shutil.copyfile(source, folder / name)
    for name in set(available(root / "suites")) - set(every_suite):
        shutil.rmtree(folder / "suites" / name)
    shutil.copytree(
        root / "benchmark" / "cli" / "template" / "suites" / "example", folder / "suites" / "example"
    )
    params_file.update(folder / "params.yaml", folder / "suites")
    (base / "bin").mkdir()
    (base / "bin" / "lossbench").write_text(stub)
    (base / "bin" / "lossbench").chmod(0o755)
    (base / "bin" / "dvc").symlink_to(commands / "dvc")
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
    subprocess.run(["git", *identity, "commit", "-qm", "first"], cwd=folder, check=True, capture_output=True)
    dvc(folder, "repro")
    return folder


@pytest.fixture
def workspace(reproduced: Path) -> Iterator[Path]:
    """The reproduced copy, put back afterwards."""
    ran(reproduced)
    yield reproduced
    subprocess.run(["git", "checkout", "-q", "."], cwd=reproduced, check=True)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.slow
def test_nothing_runs_again_when_nothing_changed(workspace: Path) -> None:
    dvc(workspace, "repro")
    assert ran(workspace) == []


run_all = [f"run {name}" for name in every_suite]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("suites/example/figures.py", {"report"}),
        ("suites/example/claims.py", {"judge@example", "report"}),
        ("suites/example/suite.py", {"sweep@example", "run@example", "report"}),
        ("benchmark/report/pages/page.css", {"report"}),
        ("benchmark/stats/holm.py", {f"judge@{name}" for name in every_suite}),
        ("benchmark/measures/weight_norm.py", {f"run@{name}" for name in every_suite}),
        (
            "benchmark/cells/models/mlp.py",
            {f"{stage}@{name}" for stage in ("sweep", "run") for name in every_suite},
        ),
        (
            "benchmark/run/sweep/search.py",
            {f"{stage}@{name}" for stage in ("sweep", "run") for name in every_suite},
        ),
        ("benchmark/cli/run.py", set()),
        ("results/example/invocation.json", set()),
        ("results/.example.lock", set()),
        ("reports/latest/clocks.js", set()),
        ("benchmark/tracking/sync.py", set()),
    ],
)
def test_an_edited_file_changes_only_the_stages_that_rest_on_it(
    file: str, expected: set[str], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    with Path(file).open("a") as edited:
        edited.write("# edited\n")
    with Repo() as repository:  # in this process: starting DVC takes longer than the question
        status = repository.status()
    assert set(status) - {"data", "published"} == expected


@pytest.mark.slow
def test_what_is_pinned_of_a_suite_reaches_every_stage_that_imports_it(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    pinned = Path("results/data/example.json")
    before = pinned.read_bytes()
    pinned.write_text('{"example/margin.py": "another"}\n')
    try:
        with Repo() as repository:
            status = repository.status()
    finally:
        pinned.write_bytes(before)
    assert set(status) - {"data", "published"} == {"sweep@example", "run@example", "judge@example", "report"}


def test_the_template_s_stages_take_from_a_suite_what_ours_take() -> None:
    ours, theirs = (
        {
            name: {dep for dep in stage["do"]["deps"] if "${key}" in dep}
            for name, stage in YAML(typ="safe").load(path)["stages"].items()
            if "do" in stage
        }
        for path in (root / "dvc.yaml", root / "benchmark" / "cli" / "template" / "dvc.yaml")
    )
    assert ours == theirs


@pytest.mark.slow
def test_a_suite_s_settings_rerun_that_suite_alone_and_going_back_is_restored(workspace: Path) -> None:
    replace(workspace / "params.yaml", "    widths: null", "    widths: [3, 4]")
    dvc(workspace, "repro")
    commands = ran(workspace)
    assert commands[:2] == ["sweep example", "run example"]
    assert "run batch_size_sharpness" not in commands and "sweep batch_size_sharpness" not in commands
    assert commands[-1] == "report"
    replace(workspace / "params.yaml", "    widths: [3, 4]", "    widths: null")
    dvc(workspace, "repro")
    assert ran(workspace) == []


@pytest.mark.slow
def test_experiments_set_and_compare_any_knob(workspace: Path) -> None:
    dvc(workspace, "exp", "run", "-S", "profile=small", "-S", "suites.example.widths=[16,64]")
    assert set(run_all) <= set(ran(workspace))
    shown = json.loads(dvc(workspace, "params", "diff", "--json"))["params.yaml"]
    assert shown["profile"]["new"] == "small"
    assert shown["suites.example.widths"]["new"] in ([16, 64], "[16, 64]")
    assert "effect" in dvc(workspace, "exp", "show", "--csv")


@pytest.mark.parametrize(
    ("stage", "modules", "files", "exempt"),
    [
        # suite.py knows the type of a claim, and nothing of how one is decided
        ("run", ["benchmark.run.complete", "benchmark.run.worker"], "suite.py", {"benchmark.stats.claim"}),
        # measures change no winner; of a run and its state a sweep borrows names
        (
            "sweep",
            ["benchmark.run.sweep.engine", "benchmark.run.train", "benchmark.run.worker"],
            "suite.py",
            {
                "benchmark.run.run_state",
                "benchmark.measures",
                "benchmark.run.measuring",
                "benchmark.run.complete",
                "benchmark.stats",
            },
        ),
        # judgement finds the suite by suite.py's machinery, which imports the types of measures and cells
        (
            "judge",
            ["benchmark.results.judgement", "benchmark.results.dvc_tables"],
            "claims.py",
            {
                "benchmark.suite.folder",
                "benchmark.suite.suite",
                "benchmark.measures.measure",
                "benchmark.cells.cell",
                "benchmark.store.files",
                "benchmark.results.records",
            },
        ),
    ],
)
def test_stages_depend_on_every_module_that_they_import(
    stage: str, modules: list[str], files: str, exempt: set[str]
) -> None:
    graph = grimp.build_graph("benchmark", exclude_type_checking_imports=True, cache_dir=None)
    if stage == "sweep":  # nor does what only the exempt ones import
        for module in [module for module in graph.modules if any(within(module, one) for one in exempt)]:
            graph.remove_module(module)
    roots = set(modules)
    for name in available(root / "suites"):
        roots |= imports(root / "suites" / name / files) & graph.modules
    imported = roots.union(*(graph.find_upstream_modules(module) for module in roots)) - exempt
    listed = YAML(typ="safe").load(root / "dvc.yaml")["stages"][stage]["do"]["deps"]
    missing = sorted(module for module in imported if not any(covers(dep, module) for dep in listed))
    assert not missing


def within(module: str, package: str) -> bool:
    return f"{module}.".startswith(f"{package}.")


def covers(dependency: str, module: str) -> bool:
    path = module.replace(".", "/")
    return dependency == f"{path}.py" or f"{path}/".startswith(f"{dependency}/")


def imports(path: Path) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    return {node.module for node in nodes if node.module and node.level == 0}
