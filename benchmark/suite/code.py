"""Which code made results: hashes that a later checkout is held against. Needs no torch and reads no records."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from benchmark.cells.cell import Cell, Derived, specs_in
from benchmark.cells.derivations.parent import Parent
from benchmark.cells.training.begin import begin, network
from benchmark.cells.training.twin import nudge
from benchmark.store.definitions import named
from benchmark.store.files import sha256, to_json
from benchmark.store.identity import code_hash, identity
from benchmark.store.import_targets import Target, project
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import Plan, config_of_past, plan

if TYPE_CHECKING:
    from benchmark.measures.measure import Measure

Code = Mapping[str, Any]
# what every measure takes without importing it, and thereby the landscape and the data
taken_by_measures = (Target(project / "landscape" / "trained.py", "Trained"),)


@functools.cache
def classes_of(cell: Cell, *, twin: bool = False) -> tuple[Any, ...]:
    """Return the classes and functions whose code decides what becomes of a cell, those of its parents included.

    Args:
        cell: the cell.
        twin: whether its weights begin one rounding away.
    """
    specs = [type(spec) for spec in specs_in(cell)]
    parents = [Parent] if Derived in specs else []
    return (*dict.fromkeys([*specs, *parents]), network, begin, *([nudge] if twin else []))


def identity_of(cell: Cell, numerics: Mapping[str, Any]) -> str:
    """Return the identity under which a cell is stored: its code, and the numerics it runs under."""
    return identity(classes_of(cell, twin="twin" in numerics), numerics)


def code_of(measures: Iterable[Measure]) -> str:
    """Return one hash over the code of measures."""
    return code_hash({measure.function for measure in measures}, also=taken_by_measures)


def code_of_run(laid_out: Plan, numerics: Mapping[str, Any]) -> str:
    """Return one hash over the code of every cell and measure, and the numerics."""
    places = sorted({identity_of(cell, numerics) for cell in laid_out.cells})
    return sha256(to_json([places, code_of(job.measure for job in laid_out.jobs)]))


def code_of_suite(laid_out: Plan) -> Code:
    """Return hashes over the code that trains the cells, over that of every measure (by label), and of the claims."""
    classes = {item for cell in laid_out.all_cells for item in classes_of(cell)}
    measures = {job.measure.label: code_of([job.measure]) for job in laid_out.jobs}
    return {"cells": code_hash(classes), "measures": measures, "claims": code_of_claims(laid_out.folder)}


def code_of_claims(folder: SuiteFolder) -> str:
    """Return a hash over the claims of a suite and the rule that decides them; nothing is imported for it."""
    claims = folder.path / "claims.py"
    own = [named(claims, "claims"), Target(claims, "definitions")] if claims.is_file() else []
    rule = [Target(project / "results" / "judgement.py", name) for name in ("judge_suite", "matrices")]
    return code_hash((), also=[*own, *rule])


def plan_again(folder: SuiteFolder, provenance: Mapping[str, Any]) -> Plan:
    """Lay out with the present suite what a run computed, from its provenance: the same profile, config and data.

    Raises:
        ValueError: the suite of today does not take that configuration.
    """
    profile = str(provenance["profile"])
    kind = type(next(iter(folder.suite.profiles.values())))
    try:
        config = config_of_past(kind, provenance["config"])
    except TypeError as error:  # a field that is no longer there
        raise ValueError(str(error)) from error
    digests = {name: found.get("digest") for name, found in provenance.get("data", {}).items()}

    def pin(spec: Any) -> Any:
        digest = digests.get(getattr(spec, "name", ""))
        return dataclasses.replace(spec, digest=digest) if digest and hasattr(spec, "digest") else spec

    return plan(folder, profile=profile, config=config, pin=pin)


def changes(folder: SuiteFolder, provenance: Mapping[str, Any], recorded: Code | None) -> list[str]:
    """Return in words what is not as it was when a run made its results; empty where all is.

    Args:
        folder: the suite as it is.
        provenance: of the run.
        recorded: what `code_of_suite` said then; None for results that were published before it was asked.
    """
    try:
        now = plan_again(folder, provenance)
    except (ValueError, KeyError) as error:
        return [f"the suite no longer takes the configuration: {error}"]
    keys = set(provenance.get("cells", ()))
    gone = len(keys - {cell.key for cell in now.cells})
    found = [f"{gone} of {len(keys)} cells are no longer those of the suite"] if gone else []
    if recorded is None:
        is_same = code_of_run(now, provenance["numerics"]) == provenance.get("code")
        return found if is_same else [*found, "the code of cells or measures"]
    return [*found, *_differing(recorded, code_of_suite(now))]


def _differing(then: Code, now: Code) -> list[str]:
    found = ["how cells are trained"] if then["cells"] != now["cells"] else []
    gone = sorted(set(then["measures"]) - set(now["measures"]))
    edited = [label for label, code in then["measures"].items() if now["measures"].get(label, code) != code]
    found += [f"measures: {_some(sorted(edited))}"] if edited else []
    found += [f"measures that are left out: {_some(gone)}"] if gone else []
    return found + (["claims, or the rule that decides them"] if then["claims"] != now["claims"] else [])


def _some(names: list[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
