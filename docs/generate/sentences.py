"""Which sentences of the README and the guide have numbers, and where these come from."""

from __future__ import annotations

import json
import math
import statistics
import tomllib
from pathlib import Path
from typing import Any

from benchmark.cells.data.make_mnist1d import n_further
from benchmark.cells.data.mnist1d import MNIST1D
from benchmark.measures.random_lines import random_lines
from benchmark.published.check.tolerance import relative, smallest
from benchmark.published.check.twins import farthest, farthest_measure
from benchmark.published.freeze import baseline_seeds
from benchmark.stats.power import POWER
from benchmark.stats.rule import ALPHA
from benchmark.stats.sign_flip import smallest_p
from benchmark.suite.folder import find
from docs.generate.numbers import Definition, Sentence
from docs.generate.spelled_numbers import about, count, mega, per_cent

Values = dict[str, str]


def repro(root: Path) -> Values:
    """Return what `python -m bench.repro` measured, in words; the median where it was repeated."""
    record: dict[str, Any] = json.loads((root / "bench/results/repro.json").read_text(encoding="utf-8"))
    seconds = {name: statistics.median(found) for name, found in record["seconds"].items()}
    return {
        "cores": count(record["provenance"]["machine"]["n_cpus"]),
        "setup": about(seconds["set-up"]),
        "rest": about(seconds["repro"]),
        "venv": mega(record["bytes"][".venv"]),
        "kept": mega(record["bytes"]["everything else"]),
    }


def evidence(root: Path) -> Values:
    """Return how long the published run of a suite in the profile small took, in one go and without its sweep."""
    run = json.loads(
        (root / "reports/small-mnist1d/results/width/invocation.json").read_text(encoding="utf-8")
    )
    return {"width": about(run["seconds"]), "cores": count(run["machine"]["n_cpus"])}


def rule(_: Path) -> Values:
    """Return the constants of the rule."""
    return {
        "alpha": f"{ALPHA:g}",
        "share": per_cent(ALPHA),
        "interval": per_cent(1 - ALPHA),
        "power": per_cent(POWER),
    }


def too_few(_: Path) -> Values:
    """Return the largest number of seeds with which no claim can reach the level."""
    n = next(n for n in range(1, 100) if smallest_p(n + 1) <= ALPHA)
    return {"n": str(n), "alpha": f"{ALPHA:g}"}


def pictures(root: Path) -> Values:
    """Return how many signals and pictures the profiles small and pictures take, and the depths of full."""
    batch, depth = (
        find(name, root / "suites").suite.profiles
        for name in ("batch_size_sharpness", "depth_skip_connections")
    )
    depths = depth["full"].resnet_depths
    return {
        "signals": f"{batch['small'].n_train:,}",
        "pictures": f"{batch['pictures'].n_train:,}",
        "shallow": str(min(depths)),
        "deep": str(max(depths)),
    }


def python(root: Path) -> Values:
    """Return the oldest Python that works."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return {"python": project["project"]["requires-python"].removeprefix(">=")}


def signals(_: Path) -> Values:
    """Return the sizes of the embedded signals: the training pool, the canonical test set, and the further ones."""
    counts = {"pool": MNIST1D.pool, "canonical": MNIST1D.test - n_further, "further": n_further}
    return {name: f"{count:,}" for name, count in counts.items()}


def random_walk(_: Path) -> Values:
    """Return the share of variance in the first two components of a long random walk, 6 / pi^2 (1 + 1/4)."""
    return {"share": f"{100 * 6 / math.pi**2 * 1.25:.0f}"}


def rise(_: Path) -> Values:
    """Return the rise of the loss up to which a line is followed."""
    return {"rise": f"{random_lines().options['increase']:g}"}


def gate(_: Path) -> Values:
    """Return the tolerance of `lossbench check`, and the seeds of a baseline."""
    absolute = relative * smallest
    return {
        "relative": f"{relative:.0e}".replace("e-0", "e-"),
        "absolute": f"{absolute:.0e}".replace("e-0", "e-"),
        "seeds": str(baseline_seeds),
    }


def twins(_: Path) -> Values:
    """Return the distance of weights at which a cell amplifies rounding too much, and that of measures."""
    limits = {"farthest": farthest, "measure": farthest_measure}
    return {name: f"{limit:.0e}".replace("e-0", "e-") for name, limit in limits.items()}


readme, checks, verdicts = "README.md", "docs/regression-checks.md", "docs/verdicts.md"
contradicted = "| contradicted | the same on the other side, or the {interval} interval lies"
reproduced = "| reproduced | Holm-adjusted p <= {alpha} in an exact"
needs = "You need Python {python} or newer"
sentences = (
    Sentence(page=readme, text=needs, values=python),
    Sentence(
        page=readme,
        text="On {cores} CPU cores, `make repro` takes {setup} for the set-up with packages in the cache "
        "({venv} of disk, most of it torch) and "
        "{rest} for the rest ({kept}).",
        values=repro,
    ),
    Sentence(page=readme, text="| `ci` | digits (embedded) | MLPs | {rest} on {cores} cores |", values=repro),
    Sentence(page=readme, text="| `small` | MNIST-1D, {signals} signals (embedded) |", values=pictures),
    Sentence(
        page=readme,
        text="`width` {width} on {cores} cores, its sweep aside",
        values=evidence,
    ),
    Sentence(
        page=readme,
        text="| `pictures` | Fashion-MNIST, {pictures} pictures (`width`: all) |",
        values=pictures,
    ),
    Sentence(page=readme, text="ResNet-{shallow} to -{deep}, wide ResNets", values=pictures),
    Sentence(page=readme, text=reproduced, values=rule),
    Sentence(page=readme, text=contradicted, values=rule),
    Sentence(page="docs/quick-start.md", text=needs, values=python),
    Sentence(
        page="docs/quick-start.md",
        text="On {cores} CPU cores `make repro` takes {setup} for the set-up with packages in the cache and "
        "{rest} for the rest.",
        values=repro,
    ),
    Sentence(
        page="docs/profiles.md",
        text="canonical {pool} training signals, and tests on the canonical {canonical} signals and {further} further",
        values=signals,
    ),
    Sentence(page=verdicts, text=reproduced, values=rule),
    Sentence(page=verdicts, text=contradicted, values=rule),
    Sentence(page=verdicts, text="with a power of {power}, and", values=rule),
    Sentence(page=verdicts, text="that share the {share}; chosen before the data", values=rule),
    Sentence(page=verdicts, text="with {n} seeds no claim can reach {alpha} |", values=too_few),
    Sentence(page="docs/own-claim.md", text="that share the {share} |", values=rule),
    Sentence(page="docs/landscape.md", text="distance at which the loss has risen by {rise} |", values=rise),
    Sentence(page=checks, text="of the profile `ci` and with {seeds} seeds;", values=gate),
    Sentence(page=checks, text="may differ by at most {relative} of its size.", values=gate),
    Sentence(page=checks, text="A difference of {absolute} passes everywhere", values=gate),
    Sentence(page=checks, text="a\ncell whose twin ends more than {farthest} apart", values=twins),
    Sentence(page=checks, text="a measure\nthat moves by more than {measure} of its numbers", values=twins),
    Sentence(page="docs/comparing.md", text="all: {relative} of a number's size,", values=gate),
    Sentence(
        page="docs/landscape.md",
        text="A random walk without any structure has {share} per cent",
        values=random_walk,
    ),
)
definitions = (
    Definition(pattern=r"\b[A-Z]\w*-\d+", why="the name of a network or data set: VGG-9, CIFAR-10"),
    Definition(
        pattern=r"(?<![\d.,])[01](?![\d.,]*\d)(?! ?(?:%|s\b|MB|GB|minute|hour))",
        why="zero and one: bounds, exit codes",
    ),
    Definition(
        pattern=r"With 10 seeds the smallest attainable p is 2 -10 ",
        why="a property of the sign-flip test: one of 2^n patterns",
    ),
    Definition(
        pattern=r"\b\d+ (?:reproduced|contradicted|inconclusive)",
        why="counted from published evidence: the list of suites is generated whole",
    ),
    Definition(pattern=r"at most 30 for a network", why="a limit of benchmark.tracking.keys"),
    Definition(pattern=r"about 5 % pass as the same", why="the level of the test of equivalence"),
    Definition(pattern=r"or 2 \(it could not compare", why="an exit code"),
)
