"""Train one cell into the store: resume where a killed attempt stopped, and commit when it is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmark.files import Damaged, sha256, sweep, to_json, write_atomic
from benchmark.identity import identity
from benchmark.spec import Cell, canonical, specs_in
from benchmark.store import Entry, Store
from benchmark.training.begin import Parents, State, begin, network

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark.data.splits import Splits
    from benchmark.training.trajectory import Trajectory


class Stopped(Exception):
    """The work was asked to stop, and its state is saved."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where and how a process works: everything of training that is not the cell.

    Attributes:
        device: resolved torch device.
        numerics: the record of `identity.numerics`.
        snapshot_seconds: wall time between two saved states of a cell.
        snapshot_steps: optimizer steps between two saved states; None leaves it to the wall time.
        stop: tells whether to stop after the present step.
        alive: called after every step, to show life.
        note: called with sentences that a person should read.
    """

    store: Store
    device: str
    numerics: Mapping[str, Any]
    snapshot_seconds: float = 20.0
    snapshot_steps: int | None = None
    stop: Callable[[], bool] = lambda: False
    alive: Callable[[str], None] = lambda text: None
    note: Callable[[str], None] = lambda text: None


def entry_of(cell: Cell, store: Store, numerics: Mapping[str, Any]) -> Entry:
    """Return the place of a cell as the present code would compute it."""
    classes = dict.fromkeys(type(spec) for spec in specs_in(cell))
    return store.entry(cell.key, identity([*classes, begin], numerics))


def finished(cell: Cell, bench: Bench, states: Collection[int] = ()) -> dict[str, Any] | None:
    """Return a cell's record when nothing is left to do for it, else None; puts a damaged entry aside."""
    entry = entry_of(cell, bench.store, bench.numerics)
    try:
        done = entry.done()
        for name in done["files"] if done else ():
            entry.read(name)
        for step in states if done else ():
            entry.check_state(step)
    except KeyError:
        return None
    except Damaged as error:
        aside = entry.quarantine()
        bench.note(f"damaged: {error}; put aside as {aside.name}, and made anew")
        return None
    return done


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
        done = finished(cell, bench, states)  # another process may have finished it before the lock was ours
        return _trained(cell, entry, bench, states) if done is None else done
    finally:
        lock.release()


def _trained(cell: Cell, entry: Entry, bench: Bench, states: Collection[int]) -> dict[str, Any]:
    sweep(entry.path)
    splits = cell.data.load(bench.device)
    parents = _parents(bench)
    module = network(cell, splits, parents)
    initial = snapshot(module)
    if cell.training is None:
        entry.note_attempt(began_at=0, ended_at=0)
        return _commit(cell, entry, bench, splits, module, initial, _Outcome("done", "", 0, []))
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
    outcome = _Outcome(trajectory.status, trajectory.reason, trajectory.step, trajectory.history)
    record = _commit(cell, entry, bench, splits, module, initial, outcome)
    entry.drop_states(keep=kept)
    return record


def _advance(trajectory: Trajectory, entry: Entry, bench: Bench, wanted: set[int]) -> None:
    """Take steps to the end, saving the state as often as asked."""
    saved_at, saved_step = time.monotonic(), trajectory.step
    while True:
        step = trajectory.step
        if step in wanted and step not in entry.state_steps():
            entry.write_state(step, *trajectory.state())
        if trajectory.finished:
            return
        stop = bench.stop()
        due = bench.snapshot_steps is not None and step - saved_step >= bench.snapshot_steps
        if stop or due or time.monotonic() - saved_at >= bench.snapshot_seconds:
            entry.write_state(step, *trajectory.state())
            entry.drop_states(keep={step, *wanted})
            saved_at, saved_step = time.monotonic(), step
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


def _commit(
    cell: Cell,
    entry: Entry,
    bench: Bench,
    splits: Splits,
    module: nn.Module,
    initial: Mapping[str, Tensor],
    outcome: _Outcome,
) -> dict[str, Any]:
    weights_digest = entry.write_tensors("weights.safetensors", snapshot(module))
    entry.write_tensors("initial.safetensors", initial)
    if outcome.status != "diverged":
        entry.write_tensors("test_logits.safetensors", {"test_logits": _test_logits(module, splits)})
    write_atomic(entry.path / "history.json", to_json(outcome.history))
    entry.commit(
        {
            "key": cell.key,
            "cell": canonical(cell),
            "status": outcome.status,
            "reason": outcome.reason,
            "n_steps": outcome.n_steps,
            "weights_digest": weights_digest,
            "data_digest": data_digest(splits),
            "numerics": dict(bench.numerics),
        }
    )
    record = entry.done()
    if record is None:
        raise Damaged(f"{entry.path}/done.json vanished after it was written")
    return record


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


def _parents(bench: Bench) -> Parents:
    def state_of(parent: Cell, step: int | None) -> State:
        entry = entry_of(parent, bench.store, bench.numerics)
        if entry.done() is None:
            raise ValueError(f"its parent {parent.key[:12]} did not finish")
        if step is None:
            return State(weights=entry.read_tensors("weights.safetensors"), optimizer={})
        tensors, _ = entry.read_state(step)
        return State(weights=_part(tensors, "module."), optimizer=_part(tensors, "optimizer."))

    return state_of


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
