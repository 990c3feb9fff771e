"""What is compared: a folder of results, something published, or either of them at a Git revision."""

from __future__ import annotations

import configparser
import contextlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.results.published import manifest_name, read_published
from benchmark.store.workspace import Workspace

tables = ("records.parquet", "verdicts.json", "provenance.json", "invocation.json")


class NoSource(ValueError):
    """There is nothing to compare under that name; the message says what there is, or how to get it."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One side of a comparison: what it was called, and the folders of its suites by name."""

    name: str
    suites: Mapping[str, Path]


@contextlib.contextmanager
def opened(name: str, workspace: Workspace) -> Iterator[Source]:
    """Find one side of a comparison.

    Args:
        name: a folder (results, one suite's results, something published, or a project); `latest` for the results that
            are here; the name of something published; REVISION:NAME for something published at a Git revision; or
            REVISION, or a DVC experiment's name, for the results that its dvc.lock names, as far as they are in the
            DVC cache.
        workspace: where names and revisions belong.

    Raises:
        NoSource: naming what there is.
    """
    latest = [workspace.results] if name == "latest" else []
    for folder in (Path(name), *latest, workspace.reports / name):
        if folder.is_dir() and (found := suites_in(folder)):
            _require_intact(folder)
            yield Source(name=name, suites=found)
            return
    if Path(name).is_dir():
        raise NoSource(f"{name} holds no records.parquet; run first: lossbench run SUITE --results {name}")
    revision, _, published = name.partition(":")
    with tempfile.TemporaryDirectory(prefix="lossbench-") as scratch:
        folder = Path(scratch)
        sha = _sha(workspace.root, revision)
        if sha is None:
            raise NoSource(_nothing(name, workspace))
        if published:
            _published_at(workspace.root, sha, published.removeprefix("reports/").strip("/"), folder)
        else:
            _results_at(workspace.root, sha, folder)
        yield Source(name=name, suites=suites_in(folder))


def _require_intact(folder: Path) -> None:
    if (folder / manifest_name).is_file() and (problems := read_published(folder).problems):
        raise NoSource(f"{folder} is damaged: {problems[0]}; see more: lossbench verify {folder}")


def suites_in(folder: Path) -> dict[str, Path]:
    """Return the folders of suites with records in a folder of results, a published one, a project, or of one suite."""
    if (folder / "records.parquet").is_file():
        return {folder.resolve().name: folder}
    for place in (folder, folder / "results"):
        found = {path.parent.name: path.parent for path in sorted(place.glob("*/records.parquet"))}
        if found:
            return found
    return {}


def _nothing(name: str, workspace: Workspace) -> str:
    if name == "latest":
        return f"{workspace.results} holds no results yet; run first: lossbench run SUITE"
    here = [path.parent.name for path in sorted(workspace.reports.glob("[!.]*/published.json"))]
    return (
        f"{name!r} is no folder of results, nothing published (here: {', '.join(here) or 'nothing'}), no Git "
        "revision and no DVC experiment; give one of them, or REVISION:NAME for what was published at a revision"
    )


def _published_at(root: Path, sha: str, name: str, folder: Path) -> None:
    listed = _git(root, "ls-tree", "-r", "--name-only", "-z", sha, "--", f"./reports/{name}/results/") or b""
    paths = [path for path in listed.decode().split("\0") if path.endswith(tables)]
    if not paths:
        known = (_git(root, "ls-tree", "--name-only", sha, "--", "./reports/") or b"").decode().split()
        names = ", ".join(sorted(Path(path).name for path in known)) or "nothing"
        raise NoSource(f"nothing is published as {name!r} at {sha[:7]}; published there: {names}")
    for path in paths:
        content = _git(root, "show", f"{sha}:./{path}")
        if content is not None:
            _write(folder / Path(path).parent.name / Path(path).name, content)


def _results_at(root: Path, sha: str, folder: Path) -> None:
    """Take the results that dvc.lock names at a revision out of the DVC cache."""
    lock = _git(root, "show", f"{sha}:./dvc.lock")
    if lock is None:
        raise NoSource(f"there is no dvc.lock at {sha[:7]}, so that nothing says what its results were")
    found = dict(_outputs(lock))
    if not found:
        raise NoSource(f"dvc.lock at {sha[:7]} names no results")
    cache, missing = _cache(root), []
    for path, digest in found.items():
        blob = cache / "files" / "md5" / digest[:2] / digest[2:]
        if blob.is_file():
            _write(folder / Path(path).parent.name / Path(path).name, blob.read_bytes())
        else:
            missing.append(path)
    if missing:
        raise NoSource(
            f"{', '.join(missing[:3])} of {sha[:7]} {'is' if len(missing) == 1 else 'are'} not in the DVC cache; fetch "
            f"what a remote has (dvc fetch --all-commits), or make it: git worktree add ../{sha[:7]} {sha[:7]}, and "
            "there dvc repro"
        )


def _outputs(lock: bytes) -> Iterator[tuple[str, str]]:
    from ruamel.yaml import YAML

    stages = (YAML(typ="safe").load(lock.decode()) or {}).get("stages", {})
    for stage in stages.values():
        for output in stage.get("outs", ()):
            path = str(output.get("path", ""))
            if path.startswith("results/") and path.endswith(tables) and "md5" in output:
                yield path, output["md5"]


def _cache(root: Path) -> Path:
    """Return the folder of DVC's cache: as its configuration says, or the usual one."""
    for name in ("config.local", "config"):
        settings = configparser.ConfigParser()
        settings.read(root / ".dvc" / name, encoding="utf-8")
        if place := settings.get("cache", "dir", fallback=""):
            return (root / ".dvc" / place).resolve()
    return root / ".dvc" / "cache"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _sha(root: Path, revision: str) -> str | None:
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return found.decode().strip() if found else _experiment(root, revision)


def _experiment(root: Path, name: str) -> str | None:
    """Return the commit of a DVC experiment; DVC keeps it as refs/exps/<commit that it began at>/<its name>."""
    if not name or name.startswith("-"):
        return None
    refs = (_git(root, "for-each-ref", "--format=%(objectname) %(refname)", "refs/exps") or b"").decode()
    found = [ref.partition(" ") for ref in refs.splitlines()]
    return next((sha for sha, _, ref in found if ref.rpartition("/")[2] == name), None)


def _git(root: Path, *words: str) -> bytes | None:
    """Return what Git says; None where it refuses, or is not there."""
    command = ["git", "--no-optional-locks", "-C", str(root), *words]
    try:
        return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return None
