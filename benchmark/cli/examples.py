"""What the help of the command line shows below the options: examples, and the commands in the order of their use."""

from __future__ import annotations

from collections.abc import Mapping

as_it_stands = "\b\n"  # tells click to leave the lines of a paragraph as they are
groups: Mapping[str, tuple[str, ...]] = {
    "begin": ("init", "list", "params", "data", "doctor"),
    "compute": ("sweep", "run", "judge", "report"),
    "compare": ("check", "compare", "explain"),
    "publish": ("publish", "verify"),
    "browse": ("ui", "sync"),
    "clean up": ("store",),
}
examples: Mapping[str, tuple[str, ...]] = {
    "init": ("lossbench init my_project",),
    "list": ("lossbench list claims", "lossbench list verdicts --brief", "lossbench list verdicts --json"),
    "params": ("lossbench params", "lossbench params --check"),
    "doctor": ("lossbench doctor",),
    "sweep": ("lossbench sweep width", "lossbench sweep width --trials 20 --results results-sweep"),
    "run": (
        "lossbench run width",
        "lossbench run width --profile small --dry-run",
        "lossbench run width --set lr=0.05 --seeds 0-5 --results results-try",
    ),
    "judge": ("lossbench judge width", "lossbench judge table.csv --claim S1.C1-digits-lambda_max"),
    "report": ("lossbench report", "lossbench report --results results-small"),
    "check": (
        "lossbench check",
        "lossbench check --run --seeds 0-4 --markdown check.md",
        "lossbench check width --run --only 'arm=width,width=64'",
    ),
    "compare": ("lossbench compare results results-try", "lossbench compare baseline latest"),
    "explain": ("lossbench explain S3.C1",),
    "publish": (
        "lossbench publish h100-small --why 'ten seeds of small on one H100'",
        "lossbench publish h100-small --results results-small --why 'ten seeds of small'",
    ),
    "verify": ("lossbench verify reports/baseline",),
    "ui": ("lossbench ui --port 5001",),
    "sync": ("lossbench sync", "lossbench sync width --results results-try"),
    "data add": ("lossbench data add mypictures /path/to/folder --size 32",),
    "data fetch": ("lossbench data fetch cifar10", "lossbench data fetch cifar10 --source /path/to/archives"),
    "data verify": ("lossbench data verify",),
    "data list": ("lossbench data list",),
    "store du": ("lossbench store du",),
    "store gc": ("lossbench store gc --older-than 7 --dry-run",),
    "store verify": ("lossbench store verify",),
}


def epilog(name: str) -> str:
    """Return the examples of a command, as a paragraph below its options."""
    return as_it_stands + "\n".join(["Examples:", *(f"  {line}" for line in examples[name])])


def overview() -> str:
    """Return the commands in the order of their use."""
    width = max(map(len, groups))
    return as_it_stands + "\n".join(f"{name:<{width}}  {', '.join(words)}" for name, words in groups.items())
