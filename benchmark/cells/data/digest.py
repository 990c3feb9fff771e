"""The identity of data: a hash over names, types, shapes and bytes of tensors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from torch import Tensor


def sha256_of(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 (hex) over name, dtype, shape and bytes of `tensors`, in the order of names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        total.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        total.update(tensor.reshape(-1).numpy().data)
    return total.hexdigest()
