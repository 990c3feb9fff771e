"""Which device to compute on."""

from __future__ import annotations

import re
from pathlib import Path


class BadDevice(ValueError):
    """A device that is not there, or no device at all; the message says what there is."""


def resolve_device(wanted: str) -> str:
    """Return a torch device string for "auto", "cpu", "cuda", or "cuda:N".

    "auto" takes the first NVIDIA GPU when there is one. Where no driver is installed this needs no torch.

    Raises:
        BadDevice: with the remedy.
    """
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", wanted):
        raise BadDevice(f"device is {wanted!r}; use auto, cpu, cuda, or cuda:N")
    if wanted == "cpu" or (wanted == "auto" and not Path("/dev/nvidiactl").exists()):
        return "cpu"
    import torch

    n_devices = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "auto":
        return "cuda:0" if n_devices else "cpu"
    number = int(wanted.partition(":")[2] or 0)
    if number >= n_devices:
        found = f"torch sees {n_devices} GPU{'s' if n_devices != 1 else ''}"
        raise BadDevice(
            f"device is {wanted!r}, but {found}; use device: auto or cpu, or check the driver: lossbench doctor"
        )
    return f"cuda:{number}"
