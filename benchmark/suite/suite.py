"""What a suite is, and how one is found: a folder with `suite.py`, `claims.py` and `figures.py`.

Three files, so that an edited figure redraws and an edited claim judges again without running anything.
"""

from __future__ import annotations

import difflib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from benchmark.cells.cell import Cell
from benchmark.measures.measure import Measure
from benchmark.stats.claim import Claim

if TYPE_CHECKING:
    from benchmark.stats.matrix import DefinitionMatrix

valid_name = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")


class SuiteNotFound(ValueError):
    """No suite of that name or at that path; the message says what there is."""


def init_seed(cell: Cell) -> int:
    """Return the replicate of a cell whose streams are all drawn by one seed."""
    return cell.init_seed


def no_labels(_config: Any, _cell: Cell) -> Mapping[str, Any]:
    """Label nothing: the spec's own fields tell the arms apart."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Range:
    """Where a hyperparameter is searched: from `low` to `high`, both included; by its logarithm where `log`."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"low={self.low}: give a number below high={self.high}")
        if self.log and not self.low > 0:
            raise ValueError(f"low={self.low}: give a number above 0 where log=True")


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What a suite tunes on validation examples; a Config with a sweep has the fields of `sweep_fields`.

    Attributes:
        arms: from a Config to the names of the arms, each of which is tuned by itself, such as "width=64".
        space: from a Config to the hyperparameters and where they are searched.
        default: from a Config and an arm to the suite's own point, that of its fixed arm, which is tried first.
        cell: from a Config, an arm, a point of the space and a seed to the cell that tries it: the arm's, trained as
            the suite trains it, but with validation examples.
        sharpness: what `lossbench sweep --pareto` minimizes besides the error.
    """

    arms: Callable[[Any], Sequence[str]]
    space: Callable[[Any], Mapping[str, Range]]
    default: Callable[[Any, str], Mapping[str, float]]
    cell: Callable[[Any, str, Mapping[str, float], int], Cell]
    sharpness: Measure


sweep_fields = ("sweep_trials", "sweep_seeds", "n_val", "tuned")


@dataclass(frozen=True, kw_only=True)
class Suite:
    """The choices of one suite; `suite.py` binds one to the name `suite`.

    Attributes:
        name: name of its folder.
        title: a line for tables of contents.
        question: what is asked, in a sentence or two.
        sources: the papers.
        profiles: an instance of the suite's `Config` dataclass for each of "ci", "small" and "full". A Config has
            the fields `seeds` (tuple of ints) and `data` (name of a data set), and whatever the suite varies.
        cells: from a Config to the cells, pure.
        measures: from a Config to the measures.
        label: from a Config and a cell to columns of the suite's own, such as `arm`.
        seed: from a cell to its replicate, the unit over which verdicts are reached.
        seconds_per_cell: by profile, about how long a cell with its measures takes in one worker; for forecasts.
        sweep: what is tuned before the cells are laid out; None for nothing.
    """

    name: str
    title: str
    question: str
    sources: tuple[str, ...]
    profiles: Mapping[str, Any]
    cells: Callable[[Any], Iterable[Cell]]
    measures: Callable[[Any], Sequence[Measure]]
    label: Callable[[Any, Cell], Mapping[str, Any]] = no_labels
    seed: Callable[[Cell], int] = init_seed
    seconds_per_cell: Mapping[str, float] = field(default_factory=dict)
    sweep: Sweep | None = None


@dataclass(frozen=True, kw_only=True)
class SuiteFolder:
    """A suite on disk. Parts are imported when asked for: planning does not import figures."""

    path: Path
    _parts: dict[str, ModuleType] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Name of the folder, which is the suite's."""
        return self.path.name

    @property
    def suite(self) -> Suite:
        """The suite that `suite.py` binds to `suite`."""
        suite: Suite = self._bound("suite", "suite", Suite)
        if suite.name != self.name:
            raise SuiteNotFound(f"{self.path}/suite.py names its suite {suite.name!r}; name it {self.name!r}")
        return suite

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims that `claims.py` binds to `claims`; none without the file."""
        claims: tuple[Claim, ...] = ()
        if (self.path / "claims.py").exists():
            claims = self._bound("claims", "claims", tuple)
        return claims

    @property
    def definitions(self) -> tuple[DefinitionMatrix, ...]:
        """The matrices of definitions that `claims.py` binds to `definitions`; none where it does not."""
        definitions: tuple[DefinitionMatrix, ...] = ()
        if (self.path / "claims.py").exists() and hasattr(self._part("claims"), "definitions"):
            definitions = self._bound("claims", "definitions", tuple)
        return definitions

    @property
    def figures(self) -> tuple[Callable[..., Any], ...]:
        """The functions (records, arrays folder) -> figure that `figures.py` binds to `figures`."""
        figures: tuple[Callable[..., Any], ...] = ()
        if (self.path / "figures.py").exists():
            figures = self._bound("figures", "figures", tuple)
        return figures

    def _bound(self, part: str, name: str, kind: type) -> Any:
        module = self._part(part)
        value = getattr(module, name, None)
        if not isinstance(value, kind):
            raise SuiteNotFound(
                f"{self.path}/{part}.py must bind {name!r} to a {kind.__name__}; found {value!r}"
            )
        return value

    def _part(self, part: str) -> ModuleType:
        if part not in self._parts:
            self._parts[part] = _import_file(f"suites.{self.name}.{part}", self.path / f"{part}.py")
        return self._parts[part]


def find(reference: str, suites_dir: Path) -> SuiteFolder:
    """Return the suite called `reference`, or lying in the folder `reference`.

    Raises:
        SuiteNotFound: with the nearest name, or what the folder lacks.
    """
    is_path = "/" in reference or "\\" in reference or reference.startswith(".")
    path = Path(reference).resolve() if is_path else suites_dir / reference
    if (path / "suite.py").is_file():
        if not valid_name.fullmatch(path.name):
            raise SuiteNotFound(f"the folder name {path.name!r} is no suite name; use a-z, 0-9 and _")
        return SuiteFolder(path=path)
    if is_path:
        raise SuiteNotFound(
            f"{path} has no suite.py; a suite is a folder with suite.py, claims.py and figures.py"
        )
    names = available(suites_dir)
    near = difflib.get_close_matches(reference, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise SuiteNotFound(f"there is no suite {reference!r}; {hint}suites here: {', '.join(names) or 'none'}")


def available(suites_dir: Path) -> list[str]:
    """Return the names of the suites in a folder, sorted."""
    return sorted(path.parent.name for path in suites_dir.glob("*/suite.py"))


def _import_file(name: str, path: Path) -> ModuleType:
    """Import a file under `name`, with its folder as the package, so that `from .suite import ...` works."""
    package = name.rpartition(".")[0]
    for parent, folder in (("suites", path.parent.parent), (package, path.parent)):
        known = sys.modules.setdefault(parent, ModuleType(parent))
        known.__path__ = [str(folder)]
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise SuiteNotFound(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    try:
        found.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
