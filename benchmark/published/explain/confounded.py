"""Which run would tell confounded changes apart: one setting of a result changed, and nothing else."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.published.explain.rungs import Rung, cells_of
from benchmark.published.explain.settings import Change, Values, anywhere, changes, differing, settings_of
from benchmark.published.explain.steps import Step
from benchmark.published.explain.swept import swept_factors
from benchmark.stats.claim import Claim
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import config_to_json, plan

results_option = re.compile(r" --results \S+")


@dataclass(frozen=True, kw_only=True)
class Split:
    """A run that changes one aspect of a confounded step.

    Attributes:
        change: what would change, seen from the rung where the step ends.
        command: what to type.
        judge: what to type then; "" where no claim of the family is about that setting, so that one has to be
            written first.
    """

    change: Change
    command: str
    judge: str


def splits(step: Step, folder: SuiteFolder, members: Sequence[Claim]) -> list[Split]:
    """Return a run for each aspect of a step that a single setting can change, those that can be judged first."""
    start, end = step.start, step.rung
    claim = next((one for one in members if one.id == end.name), None)
    if claim is None or start is None or start.config is None or end.config is None:
        return []
    wanted = {change.aspect for change in step.changes}
    found: dict[str, Split] = {}
    for split in _single(start, end, folder, members=[claim, *members]):
        better = split.change.aspect not in found or (split.judge and not found[split.change.aspect].judge)
        if split.change.aspect in wanted and better:
            found[split.change.aspect] = split
    return sorted(found.values(), key=lambda split: not split.judge)


def _single(start: Rung, end: Rung, folder: SuiteFolder, *, members: Sequence[Claim]) -> Iterator[Split]:
    """Yield what becomes of the end of a step when one setting is that of its start."""
    before, after = config_to_json(start.config), config_to_json(end.config)
    for name in before:
        if before[name] == after[name] or name in ("seeds", "tuned"):
            continue
        try:
            config = dataclasses.replace(end.config, **{name: getattr(start.config, name)})
            cells = cells_of(plan(folder, profile=end.profile, config=config))
        except ValueError:  # not possible by itself: a batch larger than the data
            continue
        swept = swept_factors(folder.suite, config)
        settings = settings_of(anywhere(members[0]), cells, swept=swept)
        if settings is None or not _is_towards(start.settings, settings, end.settings):
            continue
        changed = changes(end.settings, settings)
        if len(changed) == 1:
            judged = any(
                (seen := settings_of(one, cells, swept=swept)) and changes(end.settings, seen) == changed
                for one in members
            )
            yield _split(changed[0], end, folder.name, name=name, value=before[name], is_judged=judged)


def _is_towards(start: Values, middle: Values, end: Values) -> bool:
    """Whether all that is not as at the end of a step is as at its start."""
    return all(middle[name] == start.get(name) for name in differing(end, middle))


def _split(change: Change, end: Rung, suite: str, *, name: str, value: Any, is_judged: bool) -> Split:
    place = f"results-{name.replace('_', '-')}"
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    run = results_option.sub("", end.command or f"lossbench run {suite} --profile {end.profile}")
    return Split(
        change=change,
        command=f"{run} --set {shlex.quote(f'{name}={text}')} --results {place}",
        judge=f"lossbench judge {suite} --results {place}" if is_judged else "",
    )
