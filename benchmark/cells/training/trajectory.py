"""A training, one optimizer step at a time, that can stop anywhere and go on bit by bit as if it had not."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from torch import Tensor, nn

from benchmark.cells.training.alone import Alone
from benchmark.cells.training.batches import Batches
from benchmark.cells.training.fit import budget, check_fit
from benchmark.cells.training.lanes import Lanes, kind_of
from benchmark.cells.training.schedule import learning_rate

if TYPE_CHECKING:
    from benchmark.cells.data.splits import Splits
    from benchmark.cells.training.recipe import Recipe
    from benchmark.cells.training.update import Update

Status = Literal["running", "done", "not_converged", "diverged"]
module_prefix, optimizer_prefix = "module.", "optimizer."
most_records = 2000  # of a history, give or take the first and the last


def trainable(module: nn.Module) -> dict[str, nn.Parameter]:
    """Return the weights that are trained, by name, in `named_parameters` order."""
    return {name: weight for name, weight in module.named_parameters() if weight.requires_grad}


class Trajectory:
    """The path of a network's weights under one training spec.

    It keeps the books; the steps are those of `Lanes`, which may hold other trainings besides, or of `Alone` where a
    network or update is none that lanes know. All randomness is a function of the step: order and augmentation as in
    `Batches`, dropout as in `Alone`. So weights, buffers, the optimizer's state and the step are all there is to save.

    A record is made before the first step and after the last, and in between every epoch, or every
    `check_every` steps when there is a `stop_at_loss`. Nothing waits for the device between records;
    divergence is seen at the next one. Every record is tested, but not every one is kept: each time a history
    grows to 2,000 records, every other one goes, and from then on the distance between those kept is double.

    After the first step its weights lie in the stepper: write into them (`copy_`), and leave `data`, `requires_grad`
    and hooks as they are; what is changed there is not seen.

    Attributes:
        module: the network, in training mode, its weights those after `step` steps.
        step: optimizer steps so far, counted from `first_step`.
        n_steps: the budget: `step` at the end, unless the training stops earlier.
        status: "running"; "done"; "not_converged" when the budget ended above `stop_at_loss`; "diverged" when
            a recorded number was not finite.
        reason: why the training ended, in words; empty while it runs.
        stepper: the lanes that hold its tensors.
        history: the records that are kept, the first and the last among them; finite numbers only. Each has
            step, epoch, lr (of the step to come; at the end of the last one), loss, error (if the task has
            one), weight_norm, gradient_norm (of the mini-batch of the last step; missing in the first
            record), and val_loss and val_error if there are validation examples.
    """

    def __init__(
        self,
        recipe: Recipe,
        module: nn.Module,
        splits: Splits,
        update: Update,
        *,
        order_seed: int,
        augment_seed: int,
        first_step: int = 0,
        optimizer_state: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Take the weights of `module` as they are for those after `first_step` steps.

        To go on from a checkpoint of another training, load its weights into `module`, then choose:
            schedule continued: `first_step` is the step of the checkpoint. Learning rate, order and budget
                count on from there, so that the same spec and seeds give the very weights of the
                uninterrupted training; from the last step on there is nothing left to do.
            schedule restarted: `first_step` is 0, and the whole budget lies ahead.
            optimizer carried: `optimizer_state` holds the checkpoint's slots by name, without "optimizer.".
            optimizer fresh: `optimizer_state` is None.

        Raises:
            ValueError: when the spec does not fit the data or the network, or the state does not fit the
                optimizer.
        """
        check_fit(recipe, module, splits)
        self.module, self.splits, self.update = module, splits, update
        self.step, self._first_step, self.order_seed = first_step, first_step, order_seed
        self.status: Status = "running"
        self.reason = ""
        self.history: list[dict[str, float]] = []
        self._recipe = recipe
        self.batches = Batches(
            splits.train,
            batch_size=recipe.batch_size,
            order_seed=order_seed,
            augment_seed=augment_seed,
            augment=recipe.augment,
        )
        self.n_steps = budget(recipe, self.batches.per_epoch)
        if not 0 <= first_step <= self.n_steps:
            raise ValueError(f"first_step is {first_step} of {self.n_steps}; restart the schedule at 0")
        self._record_every = (recipe.check_every if recipe.stop_at_loss else None) or self.batches.per_epoch
        if optimizer_state is not None:
            self._load_slots(optimizer_state)
        module.train()
        self._moved = False
        self.stepper = self._alone()
        self.record(*self.stepper.observe())

    @property
    def finished(self) -> bool:
        """Whether no step is left to take."""
        return self.status != "running"

    @property
    def kind(self) -> Hashable | None:
        """What it must have in common with others to be a lane beside them; None where it trains alone."""
        return (
            kind_of(self._recipe, self.splits, self.update, self.module) if type(self) is Trajectory else None
        )

    @property
    def lr(self) -> float:
        """Learning rate of the step to come; at the end of the last one."""
        return learning_rate(self._recipe, min(self.step, self.n_steps - 1), self.n_steps)

    def advance(self) -> None:
        """Take one optimizer step alone, and make a record when it is due.

        Raises:
            RuntimeError: when the training has finished.
        """
        if self.finished:
            raise RuntimeError(f"the training is {self.status} at step {self.step}; begin another one")
        is_changed = (
            not self._moved and self.kind is None
        )  # since it was made: a hook, weights that are frozen
        if len(self.stepper.members) > 1 or is_changed:
            self.stepper = self._alone()
        self.stepper.advance()

    def _alone(self) -> Lanes | Alone:
        return Alone(self) if self.kind is None else Lanes([self])

    def moved(self) -> None:
        """Count a step that was taken."""
        self.step += 1
        self._moved = True

    @property
    def is_due(self) -> bool:
        """Whether a record is due after this step."""
        return self.step % self._record_every == 0 or self.step == self.n_steps

    def record(self, found: Mapping[str, float]) -> None:
        """Take what was observed after this step into the history, and end where it says so."""
        record = {"step": self.step, "epoch": self.step / self.batches.per_epoch, "lr": self.lr} | dict(found)
        infinite = [name for name, value in record.items() if not math.isfinite(value)]
        if infinite:
            self._finish("diverged", f"{', '.join(infinite)} not finite at step {self.step}")
            return
        self._test(record)
        self._keep(record)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return copies of all that `restore` needs: tensors by name, and the rest as plain JSON values.

        Weights and buffers are named "module.<name in the state dict>", the optimizer's
        "optimizer.<slot>.<weight>".
        """
        tensors = {module_prefix + name: tensor for name, tensor in self.module.state_dict().items()}
        tensors |= {optimizer_prefix + name: tensor for name, tensor in self.update.slots.items()}
        history = [dict(record) for record in self.history]
        meta = {"step": self.step, "status": self.status, "reason": self.reason, "history": history}
        return {name: tensor.detach().clone() for name, tensor in tensors.items()}, meta

    def restore(self, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> None:
        """Return to a `state` of a training with the same spec, seeds and data: the rest is bit-identical.

        Raises:
            ValueError: when the state does not fit the network or the optimizer.
        """
        try:
            self.module.load_state_dict(_under(module_prefix, tensors))
        except RuntimeError as error:
            raise ValueError(f"the state is that of another network: {error}") from error
        self._load_slots(_under(optimizer_prefix, tensors))
        self.step, self.status, self.reason = meta["step"], meta["status"], meta["reason"]
        self.history = [dict(record) for record in meta["history"]]

    def _load_slots(self, loaded: Mapping[str, Tensor]) -> None:
        slots = self.update.slots
        for name in sorted(loaded.keys() | slots.keys()):
            if name not in loaded or name not in slots or loaded[name].shape != slots[name].shape:
                raise ValueError(f"the optimizer's state does not fit at {name!r}; start with a fresh one")
        for name, slot in slots.items():
            slot.copy_(loaded[name])

    def _test(self, record: Mapping[str, float]) -> None:
        stop = self._recipe.stop_at_loss
        if stop is not None and record["loss"] <= stop:
            self._finish("done", f"loss {record['loss']:.4g} <= stop_at_loss={stop} at step {self.step}")
        elif self.step == self.n_steps and stop is not None:
            self._finish("not_converged", f"loss {record['loss']:.4g} > stop_at_loss={stop} at the end")
        elif self.step == self.n_steps:
            self._finish("done", f"all {self.n_steps} steps taken")

    def _keep(self, record: dict[str, float]) -> None:
        # How far apart records are follows from the step alone: nothing to save, and nothing to restore.
        n_records = (self.step - self._first_step) // self._record_every
        apart = self._record_every * 2 ** (n_records // most_records).bit_length()
        if len(self.history) >= most_records:
            first, *others = self.history
            self.history = [first, *(one for one in others if one["step"] % apart == 0)]
        if self.finished or not self.history or self.step % apart == 0:
            self.history.append(record)

    def _finish(self, status: Status, reason: str) -> None:
        self.status, self.reason = status, reason


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
