"""What a process knows of the source: a command reads a file once, a test may see it before and after an edit."""

from __future__ import annotations

from benchmark.store import definitions, identity, parsed_module


def forget_code() -> None:
    """Have every file read anew."""
    for cached in (parsed_module.source, parsed_module.module, definitions._rests_on, identity._hash_of):
        if hasattr(cached, "cache_clear"):  # a test may stand in for it
            cached.cache_clear()
