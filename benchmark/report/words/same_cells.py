"""Whether a platform is known to give the numbers of the published baseline on the same cells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def checked(
    platform: Mapping[str, str], gate: Mapping[str, Any] | None, *, standard: Mapping[str, str] | None
) -> tuple[bool, str]:
    """Tell whether a platform is known to give the baseline's numbers, and why."""
    if standard is None:
        return False, "there is no published baseline to compare with"
    if dict(platform) == dict(standard):
        return True, "the platform of the baseline"
    if gate is None or dict(gate.get("platform") or {}) != dict(platform):
        return False, "lossbench check has not compared this platform with the baseline"
    if not gate.get("passed"):
        return False, "lossbench check found differences from the baseline on this platform"
    return True, f"the same cells gave the baseline's numbers ({gate.get('n_cells', '?')} cells)"


def last_gate(path: Path) -> Mapping[str, Any] | None:
    """Return how the last `lossbench check` here ended; None where nobody knows."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
