"""Names in a suite's claims and figures: ids given once; measures, options, quantities, levels that there are."""

from __future__ import annotations

import dataclasses
import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.stats.claim import Claim
    from benchmark.stats.number import Number
    from benchmark.suite.folder import SuiteFolder

ends = ("min", "max")  # levels of any column, in the numbers of claims


class FaultyName(ValueError):
    """A name that is given twice, or that there is not; the message says where it stands, and the nearest one."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What there are names for in a suite, over all of its profiles.

    Attributes:
        quantities: by family of a measure.
        options: by family, their names.
        levels: by column of the cells, where all levels are texts.
        specs: by field of a `Scope`, classes of data (with all that come with this package) and of models.
    """

    quantities: Mapping[str, set[str]]
    options: Mapping[str, set[str]]
    levels: Mapping[str, set[str]]
    specs: Mapping[str, set[str]]


def names_of(folder: SuiteFolder) -> Names:
    """Return what there are names for in a suite."""
    from benchmark.cells.data.catalog import built_in

    suite = folder.suite
    quantities, options, specs = (defaultdict[str, set[str]](set) for _ in range(3))
    levels = defaultdict[str, set[Any]](set)
    specs["data"] = {kind.__name__ for kind in built_in.values()}
    for profile in suite.profiles.values():
        config = _of_one_seed(profile)  # as every seed has the same names, and ten take a second to lay out
        for measure in suite.measures(config):
            quantities[measure.family] |= set(measure.quantities)
            options[measure.family] |= set(measure.options)
        for cell in suite.cells(config):
            specs["data"].add(type(cell.data).__name__)
            specs["models"].add(type(cell.model).__name__)
            for column, level in suite.label(config, cell).items():
                levels[column].add(level)
    if "arm" in levels:
        levels["arm"].add("tuned")  # which only a sweep's winners have cells of
    texts = {column: found for column, found in levels.items() if all(isinstance(one, str) for one in found)}
    return Names(quantities=quantities, options=options, levels=texts, specs=specs)


def _of_one_seed(config: Any) -> Any:
    try:
        return dataclasses.replace(config, seeds=tuple(config.seeds)[:1])
    except ValueError:  # a Config that takes no fewer
        return config


def check_claims(folders: Iterable[SuiteFolder]) -> None:
    """Refuse claims of suites whose ids repeat, or that name a measure, quantity, option or level that there is not.

    Raises:
        FaultyName: naming the id and both places, or the name and the nearest one.
    """
    several = list(folders)
    check_ids(several)
    for folder in several:
        path, names = folder.path / "claims.py", names_of(folder)
        for claim in folder.claims:
            _check_numbers(names, f"{path}: claim {claim.id}", claim)
            _check_rows(names, f"{path}: claim {claim.id}", claim)
        for one in folder.definitions:
            _check_numbers(names, f"{path}: definitions of {one.claim}", one.rows)


def check_ids(folders: Iterable[SuiteFolder]) -> None:
    """Refuse claims of suites whose ids repeat; a suite whose claims cannot be read is left to what reads them.

    Raises:
        FaultyName: naming the id and both places.
    """
    first: dict[str, str] = {}
    for folder in folders:
        for number, claim in enumerate(_readable_claims(folder)):
            place = f"{folder.path / 'claims.py'}, claims[{number}] ({claim.statement!r})"
            if claim.id in first:
                raise FaultyName(
                    f"claim id {claim.id!r} is used twice: {first[claim.id]}, and {place}; give one of them another id"
                )
            first[claim.id] = place


def _readable_claims(folder: SuiteFolder) -> tuple[Claim, ...]:
    try:
        return tuple(folder.claims)
    except Exception:  # a suite's own code raises whatever it likes
        return ()


def check_figures(folder: SuiteFolder) -> None:
    """Refuse figures that name a claim, measure, quantity, option or level that there is not.

    Raises:
        FaultyName: naming the figure, the name and the nearest one.
    """
    names, ids = names_of(folder), {name for claim in folder.claims for name in (claim.id, claim.root)}
    for one in folder.figures:
        place = f"{folder.path / 'figures.py'}: figure {getattr(one, 'name', '')}"
        _check_numbers(names, place, one)
        _refuse_others(f"{place} shows", set(getattr(one, "shows", ())), ids)


def numbers_of(whole: Any) -> Iterator[Number]:
    """Yield the numbers in a claim, a figure, or a collection of their parts; none of a function of one's own."""
    from benchmark.stats.number import Number

    if isinstance(whole, Number):
        yield whole
    elif isinstance(whole, Mapping):
        yield from numbers_of(tuple(whole.values()))
    elif isinstance(whole, (tuple, list)):
        for part in whole:
            yield from numbers_of(part)
    elif dataclasses.is_dataclass(whole) and not isinstance(whole, type):
        yield from numbers_of(tuple(getattr(whole, field.name) for field in dataclasses.fields(whole)))


def _check_numbers(names: Names, place: str, whole: Any) -> None:
    for number in numbers_of(whole):
        family = number.measure.partition("[")[0]
        if family not in names.quantities:  # a measure of other code is nobody's mistake
            _refuse_near(f"{place}: no measure is called", family, names.quantities)
            continue
        if number.quantity is not None:
            _refuse_others(f"{place}: {family} has no quantity", {number.quantity}, names.quantities[family])
        _refuse_others(f"{place}: {family} has no option", set(number.options), names.options[family])
        _check_levels(names, place, number.where)


def _check_rows(names: Names, place: str, claim: Claim) -> None:
    if isinstance(claim.population, Mapping):
        _check_levels(names, place, claim.population)
    for field, known in names.specs.items():
        for name in getattr(claim.scope, field):
            if name not in known:
                _refuse_near(f"{place}: Scope.{field}: there is no", name, known)


def _check_levels(names: Names, place: str, where: Mapping[str, Any]) -> None:
    for column, wanted in where.items():
        levels = {one for one in (wanted if isinstance(wanted, tuple) else (wanted,)) if isinstance(one, str)}
        if column in names.levels:
            _refuse_others(f"{place}: no cell has {column} =", levels - set(ends), names.levels[column])


def _refuse_others(problem: str, used: set[str], known: set[str]) -> None:
    for name in sorted(used - known):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise FaultyName(f"{problem} {name!r}; {hint}there are: {', '.join(sorted(known))}")


def _refuse_near(problem: str, name: str, known: Iterable[str]) -> None:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.8)
    if near:
        raise FaultyName(f"{problem} {name!r}; did you mean {near[0]!r}?")
