"""Random streams: every draw has a name, and every name its own generator.

Adding a stream never shifts another one, because a stream depends on its name alone and not on how many
numbers were drawn before it. Nothing in the project draws from a shared global generator.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def derive_seed(seed: int, *names: str | int) -> int:
    """Return the 63-bit seed of the stream called `names` under the root `seed`.

    The value is the head of a SHA-256 over the JSON list `[seed, *names]`: equal on every machine and version.
    """
    text = json.dumps([int(seed), *names], separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *names: str | int, device: str | torch.device = "cpu") -> torch.Generator:
    """Return a fresh generator for the stream called `names` under the root `seed`."""
    import torch

    return torch.Generator(device=device).manual_seed(derive_seed(seed, *names))
