"""Tensors as bytes, and back: safetensors, never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def tensor_bytes(tensors: Mapping[str, Tensor], meta: Mapping[str, Any] | None = None) -> bytes:
    """Return tensors, their order, and `meta` (JSON) as safetensors bytes; equal content gives equal bytes.

    The order stands in the metadata, since safetensors keeps none; and the metadata has one entry only, since
    several would be written in an order of their own.
    """
    from safetensors.torch import save

    plain = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    described = {"order": list(tensors), "meta": dict(meta or {})}
    return save(plain, metadata={"json": json.dumps(described, sort_keys=True)})


def parse_tensors(data: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors, in the order in which `tensor_bytes` was given them, and the meta."""
    from safetensors.torch import load

    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    described = json.loads(header["__metadata__"]["json"])
    tensors = load(data)
    return {name: tensors[name] for name in described["order"]}, described["meta"]
