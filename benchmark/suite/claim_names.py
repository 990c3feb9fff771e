"""Names that a suite's claims and figures use: ids that are given once, quantities that a measure declares."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.stats.claim import Claim
    from benchmark.stats.number import Number
    from benchmark.suite.folder import SuiteFolder

Quantities = Mapping[str, frozenset[str]]  # by family of the measure


class FaultyName(ValueError):
    """A name that is given twice, or that there is not; the message says where it stands, and the nearest one."""


def check_claims(folders: Iterable[SuiteFolder]) -> None:
    """Refuse claims of suites whose ids repeat, or that read a quantity which its measure does not have.

    Raises:
        FaultyName: naming the id and both places, or the quantity and the nearest one.
    """
    several = list(folders)
    check_ids(several)
    for folder in several:
        path = folder.path / "claims.py"
        _check_quantities(folder, ((f"{path}: claim {claim.id}", claim) for claim in folder.claims))
        _check_quantities(
            folder, ((f"{path}: definitions of {one.claim}", one.rows) for one in folder.definitions)
        )


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
    """Refuse figures that show a quantity which its measure does not have.

    Raises:
        FaultyName: naming the figure, the quantity and the nearest one.
    """
    path = folder.path / "figures.py"
    named = ((f"{path}: figure {getattr(one, 'name', '')}", one) for one in folder.figures)
    _check_quantities(folder, named)


def numbers_of(claim: Claim) -> list[Number]:
    """Return the numbers that a claim reads; none where it reduces by a function of its own."""
    return list(_numbers(claim.legs))


def _check_quantities(folder: SuiteFolder, named: Iterable[tuple[str, Any]]) -> None:
    declared = quantities_of(folder)
    for place, whole in named:
        for number in _numbers(whole):
            family = number.measure.partition("[")[0]
            known = declared.get(family, frozenset())
            if number.quantity is not None and known and number.quantity not in known:
                near = difflib.get_close_matches(number.quantity, known, n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise FaultyName(
                    f"{place}: {family} has no quantity {number.quantity!r}; {hint}it has {', '.join(sorted(known))}"
                )


def quantities_of(folder: SuiteFolder) -> Quantities:
    """Return the quantities that the measures of a suite declare, over all of its profiles."""
    suite, found = folder.suite, dict[str, frozenset[str]]()
    for config in suite.profiles.values():
        for measure in suite.measures(config):
            found[measure.family] = found.get(measure.family, frozenset()) | frozenset(measure.quantities)
    return found


def _numbers(whole: Any) -> Iterator[Number]:
    """Yield the numbers in a claim, a figure, or a collection of their parts."""
    from benchmark.stats.number import Number

    if isinstance(whole, Number):
        yield whole
    elif isinstance(whole, Mapping):
        yield from _numbers(tuple(whole.values()))
    elif isinstance(whole, (tuple, list)):
        for part in whole:
            yield from _numbers(part)
    elif dataclasses.is_dataclass(whole) and not isinstance(whole, type):
        yield from _numbers(tuple(getattr(whole, field.name) for field in dataclasses.fields(whole)))
