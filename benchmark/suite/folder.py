"""How a suite is found: a folder with `suite.py`, `claims.py` and `figures.py`, and in words `protocol.md`.

Three files, so that an edited figure redraws and an edited claim judges again without running anything.
"""

from __future__ import annotations

import difflib
import importlib.util
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from benchmark.stats.claim import Claim
from benchmark.suite.suite import Suite

if TYPE_CHECKING:
    from benchmark.stats.matrix import DefinitionMatrix

valid_name = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")


class SuiteNotFound(ValueError):
    """No suite of that name or at that path; the message says what there is."""


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

    @property
    def protocol(self) -> str:
        """What `protocol.md` says of the choices and when they were made; "" without the file."""
        path = self.path / "protocol.md"
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""

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


def other_modules(folder: SuiteFolder) -> list[Path]:
    """Return the Python files that the three of a suite may import from its folder, sorted."""
    parts = {folder.path / f"{part}.py" for part in ("suite", "claims", "figures")}
    return sorted(set(folder.path.rglob("*.py")) - parts)


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
