"""Tests; `root` is the project's."""

from pathlib import Path

root = Path(__file__).parents[1]
