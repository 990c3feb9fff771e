"""What imports what, under which names: layers, planning without torch, and how large modules and functions get."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmark.suite.folder import available
from tests import root

# Planning must not even look for these. A finder rather than None in sys.modules, which scipy would trip over.
blocked = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "torchvision", "mlflow", "optuna", "dvc", "ray"):
            raise ImportError(f"{name} is not to be imported here")
sys.meta_path.insert(0, Blocked())
from benchmark.cli.main import main
main(sys.argv[1:])
"""


@pytest.mark.slow
def test_modules_import_only_from_the_layers_below_their_own_and_in_no_circle() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_two_modules_share_a_name() -> None:
    template = root / "benchmark" / "cli" / "template"  # files of another project
    names = Counter(
        path.stem
        for path in (root / "benchmark").rglob("*.py")
        if path.stem != "__init__" and not path.is_relative_to(template)
    )
    assert not {name for name, n in names.items() if n > 1}


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["list"],
        ["params", "--check"],
        *(
            [command, name, "--dry-run", "--device", "cpu"]
            for command in ("run", "sweep")
            for name in available(root / "suites")
        ),
    ],
)
def test_listing_and_planning_need_no_torch(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", blocked, *words], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["verify", "reports/cifar10-jpeg-cpu"],
        ["compare", "reports/cifar10-jpeg-cpu", "cifar10-jpeg-cpu"],
        ["explain", "S2.C2"],
    ],
)
def test_what_reads_published_results_needs_no_torch(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", blocked, *words], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_help_loads_neither_numbers_nor_tables() -> None:
    heavy = "{'torch', 'numpy', 'pandas', 'pydantic', 'ruamel.yaml', 'mlflow'}"
    code = f"import benchmark.cli.main, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def own_lines(function: ast.FunctionDef) -> int:
    """Return the lines of a function without those of its docstring and its decorators."""
    said = function.body[0] if ast.get_docstring(function) is not None else None
    n_said = (said.end_lineno or said.lineno) - said.lineno + 1 if said else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - n_said


def nesting(node: ast.AST) -> int:
    """Return how deep blocks lie in each other in a function; an `elif` is no deeper, a function inside is its own."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        is_elif = isinstance(child, ast.If) and isinstance(node, ast.If) and node.orelse == [child]
        is_block = (
            isinstance(child, ast.If | ast.For | ast.While | ast.With | ast.Try | ast.Match) and not is_elif
        )
        deepest = max(deepest, nesting(child) + is_block)
    return deepest


def modules(*folders: str) -> dict[str, str]:
    """Return the text of every module in folders of this repository, by its path."""
    paths = [path for folder in folders for path in sorted((root / folder).rglob("*.py"))]
    return {str(path.relative_to(root)): path.read_text() for path in paths}


def functions(*folders: str) -> dict[str, ast.FunctionDef]:
    """Return every function of the modules in folders, by path and line."""
    return {
        f"{path}:{node.lineno} {node.name}": node
        for path, text in modules(*folders).items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }


def test_no_module_has_more_than_300_lines() -> None:
    sizes = {
        path: len(text.splitlines())
        for path, text in modules("benchmark", "suites", "bench", "docs", "tests").items()
    }
    assert not {path: n for path, n in sizes.items() if n > 300}


def test_no_function_has_more_than_40_lines_besides_its_docstring() -> None:
    sizes = {
        name: own_lines(node)
        for name, node in functions("benchmark", "suites", "bench", "docs", "tests").items()
    }
    assert not {name: n for name, n in sizes.items() if n > 40}


def test_blocks_are_nested_at_most_3_deep() -> None:
    depths = {name: nesting(node) for name, node in functions("benchmark", "suites").items()}
    assert not {name: depth for name, depth in depths.items() if depth > 3}
