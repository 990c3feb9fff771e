"""What imports what, under which names: layers, and planning without torch."""

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
