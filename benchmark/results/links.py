"""Links from the report to the runs in MLflow, for as long as `lossbench ui` serves them. No MLflow in here."""

from __future__ import annotations

from urllib.parse import urlencode

host, port = "127.0.0.1", 5000  # where `lossbench ui` listens, unless told another port or that one is taken
path = (
    "/lossbench"  # answered by `lossbench ui`: it knows the numbers that MLflow gave to experiments and runs
)


def experiment_name(suite: str, profile: str) -> str:
    """Return the name of an MLflow experiment; its last part alone stands above the pages of its runs."""
    return f"lossbench/{suite}-{profile}"


def mlflow_link(suite: str, profile: str, *, address: str = f"http://{host}:{port}", **tags: str) -> str:
    """Return the address of an experiment's page, or with tags that of its newest run that has them all.

    Without tags `view` picks the page: "runs", "cells", "charts", "trials" or "sweep".

    >>> mlflow_link("width", "ci")
    'http://127.0.0.1:5000/lossbench?suite=width&profile=ci'

    Args:
        suite: whose runs.
        profile: of those runs.
        address: where MLflow is served.
        **tags: such as `cell=KEY`, `kind="suite"`, or `study="width=64"`.
    """
    return f"{address}{path}?" + urlencode({"suite": suite, "profile": profile, **tags})
