"""Leave these tests out, and say so, where the other tools are not installed."""

from __future__ import annotations

from importlib.util import find_spec

tools = ("pyhessian", "curvlinops", "hessian_eigenthings", "loss_landscapes")
missing = [tool for tool in tools if find_spec(tool) is None]
collect_ignore_glob = ["test_*.py"] if missing else []


def pytest_report_header() -> str | None:
    return f"without {', '.join(missing)}: no conformance tests (extra `bench`)" if missing else None
