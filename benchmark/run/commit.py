"""What of a trained cell goes into the store, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmark.cells.cell import Cell, canonical
from benchmark.run.bench import Bench, entry_of
from benchmark.store.entry import Entry
from benchmark.store.files import sha256, to_json

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark.cells.data.splits import Splits


@dataclass(frozen=True)
class Ended:
    """How a training ended.

    Attributes:
        unreached: steps of which a state was asked for, after the end.
    """

    status: str
    reason: str
    n_steps: int
    history: list[dict[str, float]]
    unreached: tuple[int, ...] = ()


def inherited(cell: Cell, bench: Bench) -> Ended:
    """Return the outcome of a cell that takes no step: converged if all its parents are."""
    records = [entry_of(parent, bench.store, bench.numerics).done() for parent in cell.parents]
    unfit = [record for record in records if record is not None and record["status"] == "not_converged"]
    if unfit:
        return Ended("not_converged", f"of its parent: {unfit[0]['reason']}", 0, [])
    return Ended("done", "", 0, [])


def commit(
    cell: Cell,
    entry: Entry,
    bench: Bench,
    splits: Splits,
    module: nn.Module,
    initial: Mapping[str, Tensor],
    ended: Ended,
) -> dict[str, Any]:
    """Write all files of a cell and mark it as done; return its record."""
    files = {
        "weights.safetensors": entry.write_tensors("weights.safetensors", snapshot(module)),
        "initial.safetensors": entry.write_tensors("initial.safetensors", initial),
        "history.json": entry.write("history.json", to_json(ended.history)),
    }
    if ended.status != "diverged":
        logits = {"test_logits": _test_logits(module, splits)}
        files["test_logits.safetensors"] = entry.write_tensors("test_logits.safetensors", logits)
    return entry.commit(
        {
            "key": cell.key,
            "cell": canonical(cell),
            "status": ended.status,
            "reason": ended.reason,
            "n_steps": ended.n_steps,
            "unreached": list(ended.unreached),
            "weights_digest": files["weights.safetensors"],
            "data_digest": data_digest(splits),
            "numerics": dict(bench.numerics),
        },
        files,
    )


def snapshot(module: nn.Module) -> dict[str, Tensor]:
    """Return a copy of weights and buffers by name."""
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def data_digest(splits: Splits) -> str:
    """Return the SHA-256 over all examples that a cell saw or may be measured on."""
    parts = [splits.train.digest, splits.val.digest, splits.test.digest]
    return sha256(to_json(parts))


def _test_logits(module: nn.Module, splits: Splits) -> Tensor:
    import torch

    module.eval()
    with torch.no_grad():
        chunks = [module(inputs) for inputs in torch.split(splits.test.inputs, 2048)]
    return torch.cat(chunks).to(torch.float16)
