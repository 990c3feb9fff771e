"""A record of the example suite."""

from __future__ import annotations

from typing import Any


def record(**changes: Any) -> dict[str, Any]:
    """Return one number of the network `a`; `changes` replace columns."""
    base = {
        "suite": "example", "profile": "ci", "cells": ["a"], "factors": "{}", "seed": 0, "measure": "m", "label": "m",
        "options": "{}", "quantity": "value", "index": "", "value": 1.0, "standard_error": None, "unit": "",
        "positive": True, "status": "done", "reason": "", "device": "cpu",
    }  # fmt: skip
    return base | changes
