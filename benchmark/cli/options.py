"""Options that several commands have, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

SuiteArgument = Annotated[
    str, Argument(help="Name of a suite, or the path of a folder that is one.", show_default=False)
]
ProfileOption = Annotated[
    str | None, Option(help="ci, small, pictures or full; by default what params.yaml says.")
]
SettingsOption = Annotated[
    list[str] | None,
    Option("--set", metavar="KEY=VALUE", help="Replace a field of the suite's Config; the value is YAML."),
]
JobsOption = Annotated[
    int | None, Option("--jobs", "-j", min=1, help="Cells side by side; changes no number.")
]
DeviceOption = Annotated[str | None, Option(help="auto, cpu, cuda, or cuda:1.")]
DryRunOption = Annotated[bool, Option("--dry-run", help="Say what would be computed, and compute nothing.")]
JsonOption = Annotated[bool, Option("--json", help="Print JSON.")]
ReadFromOption = Annotated[
    Path | None, Option("--results", help="Where the tables are, instead of in `results`.")
]
WriteToOption = Annotated[
    Path | None,
    Option(
        "--results",
        help="Where to write, instead of to `results`; needed with other settings than params.yaml has.",
    ),
]
