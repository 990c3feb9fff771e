"""Train one cell into the store: resume where a killed attempt stopped, and commit when it is done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmark.cells.cell import Cell, canonical
from benchmark.cells.derivations.parent import Parent
from benchmark.cells.training.begin import State, begin, network
from benchmark.cells.training.twin import nudge
from benchmark.run.bench import Bench, Saving, Stopped, entry_of, finished, verified
from benchmark.run.own_parts import check_parts
from benchmark.store.entry import Entry
from benchmark.store.files import Damaged, sha256, sweep, to_json

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark.cells.data.splits import Splits
    from benchmark.cells.training.trajectory import Trajectory


def train(cell: Cell, bench: Bench, states: Collection[int] = ()) -> dict[str, Any]:
    """Return the record of a cell, training it first where the store does not have it.

    Args:
        cell: its parents must be finished.
        bench: where and how.
        states: optimizer steps after which the full state is kept for other cells.

    Raises:
        Busy: another process is at it.
        Stopped: `bench.stop` said so; the state is saved.
    """
    done = finished(cell, bench, states)
    if done is not None:
        return done
    entry = entry_of(cell, bench.store, bench.numerics)
    lock = entry.lock()
    try:
        done = _verified_or_put_aside(
            entry, states, bench
        )  # it may have been finished before the lock was ours
        return _trained(cell, entry, bench, states) if done is None else done
    finally:
        lock.release()


def _verified_or_put_aside(entry: Entry, states: Collection[int], bench: Bench) -> dict[str, Any] | None:
    try:
        return verified(entry, states)
    except Damaged as error:
        aside = entry.quarantine()
        bench.note(f"damaged: {error}; put aside as {aside.name}, and made anew")
        return None


def _trained(cell: Cell, entry: Entry, bench: Bench, states: Collection[int]) -> dict[str, Any]:
    sweep(entry.path)
    splits = cell.data.load(bench.device)
    parents = _Stored(bench)
    module = network(cell, splits, parents)
    check_parts(cell, splits, module)
    if bench.numerics.get("twin") and cell.start is None:  # others start from weights of twins
        nudge(module, cell.init_seed)
    initial = snapshot(module)
    if cell.training is None:
        entry.note_attempt(began_at=0, ended_at=0)
        return _commit(cell, entry, bench, splits, module, initial, _inherited(cell, bench))
    trajectory = begin(cell, module, splits, parents)
    kept = {
        *states,
        *(entry.state_steps() if entry.done() else ()),
    }  # of a finished cell others may need them all
    latest = entry.latest_state(before=min(set(states) - set(entry.state_steps()), default=None))
    if latest is not None:
        trajectory.restore(latest[1], latest[2])
    entry.note_attempt(began_at=trajectory.step)
    _advance(trajectory, entry, bench, kept)
    entry.note_attempt(ended_at=trajectory.step)
    unreached = tuple(sorted(step for step in kept if step > trajectory.step))
    outcome = _Outcome(
        trajectory.status, trajectory.reason, trajectory.step, trajectory.history, unreached=unreached
    )
    record = _commit(cell, entry, bench, splits, module, initial, outcome)
    entry.drop_states(keep=kept)
    return record


def _advance(trajectory: Trajectory, entry: Entry, bench: Bench, wanted: set[int]) -> None:
    """Take steps to the end, saving the state as often as asked."""
    saving = Saving(bench, trajectory.step)
    while True:
        step = trajectory.step
        if step in wanted and step not in entry.state_steps():
            entry.write_state(step, *trajectory.state())
        if trajectory.finished:
            return
        due, stop = saving.due(step)
        if due:
            entry.write_state(step, *trajectory.state())
            entry.drop_states(keep={step, *wanted})
        if stop:
            entry.note_attempt(ended_at=step)
            raise Stopped(f"stopped after step {step}")
        trajectory.advance()
        bench.alive(f"step {trajectory.step}")


@dataclass(frozen=True)
class _Outcome:
    status: str
    reason: str
    n_steps: int
    history: list[dict[str, float]]
    unreached: tuple[int, ...] = ()  # steps of which a state was asked for, after the end


def _inherited(cell: Cell, bench: Bench) -> _Outcome:
    """Return the outcome of a cell that takes no step: converged if all its parents are."""
    records = [entry_of(parent, bench.store, bench.numerics).done() for parent in cell.parents]
    unfit = [record for record in records if record is not None and record["status"] == "not_converged"]
    if unfit:
        return _Outcome("not_converged", f"of its parent: {unfit[0]['reason']}", 0, [])
    return _Outcome("done", "", 0, [])


def _commit(
    cell: Cell,
    entry: Entry,
    bench: Bench,
    splits: Splits,
    module: nn.Module,
    initial: Mapping[str, Tensor],
    outcome: _Outcome,
) -> dict[str, Any]:
    files = {
        "weights.safetensors": entry.write_tensors("weights.safetensors", snapshot(module)),
        "initial.safetensors": entry.write_tensors("initial.safetensors", initial),
        "history.json": entry.write("history.json", to_json(outcome.history)),
    }
    if outcome.status != "diverged":
        logits = {"test_logits": _test_logits(module, splits)}
        files["test_logits.safetensors"] = entry.write_tensors("test_logits.safetensors", logits)
    return entry.commit(
        {
            "key": cell.key,
            "cell": canonical(cell),
            "status": outcome.status,
            "reason": outcome.reason,
            "n_steps": outcome.n_steps,
            "unreached": list(outcome.unreached),
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


@dataclass(frozen=True)
class _Stored:
    """The parents of a cell, in the store."""

    bench: Bench

    def state(self, cell: Cell, step: int) -> State:
        record, entry = self._finished(cell)
        if step in record["unreached"]:
            raise ValueError(
                f"its parent {cell.key[:12]} ended at step {record['n_steps']}, before step {step}"
            )
        tensors, _ = entry.read_state(step)
        return State(weights=_part(tensors, "module."), optimizer=_part(tensors, "optimizer."))

    def network(self, cell: Cell) -> Parent:
        record, entry = self._finished(cell)
        if record["status"] == "diverged":
            raise ValueError(f"its parent {cell.key[:12]} diverged: {record['reason']}")
        return Parent(
            cell=cell,
            weights=entry.read_tensors("weights.safetensors"),
            initial=entry.read_tensors("initial.safetensors"),
            checkpoint=lambda step: self.state(cell, step).weights,
        )

    def _finished(self, cell: Cell) -> tuple[dict[str, Any], Entry]:
        entry = entry_of(cell, self.bench.store, self.bench.numerics)
        record = entry.done()
        if record is None:
            raise ValueError(f"its parent {cell.key[:12]} did not finish")
        return record, entry


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
