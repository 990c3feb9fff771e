"""Which hidden units of a network may change places without changing its function.

A *group* is a set of units that must move together: what one layer puts out and every later layer takes in. Where a
shortcut adds two signals, their units are one group, so that a residual network has one group for all that is added up
in a stage. Inputs and outputs of the network do not move. The groups are read off the layers, not off the name of the
architecture: every model of the project, and any network made of `nn.Sequential` and the layers below, has them.

Batch norm moves with its units (scale, shift, running mean and variance). Group norm with g groups allows what keeps
its groups together: units inside a group, and whole groups. Signs and scales are symmetries too (tanh, ReLU); they are
not treated here. Source: Ainsworth et al. 2023, section 2 (secondary); Entezari et al. 2022.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from benchmark.cells.models.layers import Concatenated, Residual, Scale, SpatialMean

if TYPE_CHECKING:
    from benchmark.cells.data.task import Task

# what treats every unit alike and by itself; flattening keeps the entries of a channel together
unmixed = (
    *(nn.ReLU, nn.Tanh, nn.GELU, nn.Identity, nn.Dropout, Scale),
    *(nn.Flatten, nn.MaxPool2d, nn.AvgPool2d, SpatialMean),
)
Convolution = nn.Conv1d | nn.Conv2d
BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d
fixed = 0  # the number of the group of inputs and outputs


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Where the units of a group lie in a tensor: unit u has the `span` entries from start + u span on, along `dim`.

    Attributes:
        tensor: name of a weight or buffer.
        dim: dimension of the tensor along which the units lie.
        start: where the first unit begins; after concatenation a group has a part of an axis only.
        span: entries per unit; more than 1 behind a flattened image or signal.
        is_weight: whether the tensor is trained; running statistics are not.
    """

    tensor: str
    dim: int
    start: int = 0
    span: int = 1
    is_weight: bool = True


@dataclass(frozen=True, kw_only=True)
class Group:
    """Units that move together.

    Attributes:
        name: the first layer that puts them out.
        size: number of units.
        axes: all places where they lie.
        n_blocks: the units are that many equal blocks in a row, which must stay together (group norm); 1 is no bond.
    """

    name: str
    size: int
    axes: tuple[Axis, ...]
    n_blocks: int = 1


def unit_groups(model: Any, task: Task) -> tuple[Group, ...]:
    """Return the groups of the networks that a model spec builds, each after those that it takes its input from.

    The global generator is left as it is.

    Raises:
        ValueError: for a layer of which the symmetry is not known.
    """
    with torch.random.fork_rng(devices=[]):
        return groups_of(model.build(task))


def groups_of(module: nn.Module) -> tuple[Group, ...]:
    """Return the groups of a network; see `unit_groups`."""
    walk = _Walk()
    outputs = walk.through(module, "", inputs)
    for part in outputs:
        walk.tie(part.group, fixed)
    return tuple(walk.merged())


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A stretch of the units of a signal that comes from one group; the size of the network's input is not known."""

    group: int
    size: int | None


_Signal = tuple[_Part, ...]
inputs: _Signal = (_Part(group=fixed, size=None),)


@dataclass
class _Walk:
    """Follows the signal through the layers, and writes down where every group lies and which are one."""

    groups: list[Group] = field(default_factory=lambda: [Group(name="input", size=0, axes=())])
    ties: list[tuple[int, int]] = field(default_factory=list)

    def through(self, layer: nn.Module, name: str, signal: _Signal) -> _Signal:
        """Return the signal behind a layer."""
        if isinstance(layer, unmixed):
            return signal
        if isinstance(layer, nn.Sequential):
            for child, part in layer.named_children():
                signal = self.through(part, _joined(name, child), signal)
            return signal
        if isinstance(layer, nn.Linear | Convolution):
            return self._mixed(layer, name, signal)
        if isinstance(layer, BatchNorm | nn.GroupNorm):
            return self._normed(layer, name, signal)
        if isinstance(layer, Residual):
            body = self.through(layer.body, _joined(name, "body"), signal)
            shortcut = self.through(layer.shortcut, _joined(name, "shortcut"), signal)
            return self._added(body, shortcut, name)
        if isinstance(layer, Concatenated):
            return (*signal, *self.through(layer.body, _joined(name, "body"), signal))
        raise ValueError(
            f"layer {name!r} is a {type(layer).__name__}, of which it is not known how units may change places; "
            "build the network of layers whose axes `unit_groups` knows, or add it there"
        )

    def tie(self, one: int, other: int) -> None:
        """Note that the units of two groups move together."""
        self.ties.append((one, other))

    def merged(self) -> Iterator[Group]:
        """Yield the groups that may move, tied ones as one."""
        leader = list(range(len(self.groups)))
        for one, other in self.ties:
            first, second = sorted((leader[one], leader[other]))
            leader = [first if number == second else number for number in leader]
        for number in sorted(set(leader) - {fixed}):
            yield _union([group for group, own in zip(self.groups, leader, strict=True) if own == number])

    def _mixed(self, layer: nn.Linear | Convolution, name: str, signal: _Signal) -> _Signal:
        if isinstance(layer, Convolution) and layer.groups > 1:
            raise ValueError(f"layer {name!r} has groups={layer.groups}; give a convolution with groups=1")
        self._place(signal, f"{name}.weight", 1, layer.weight.shape[1])
        own = (_Part(group=len(self.groups), size=layer.weight.shape[0]),)
        self.groups.append(Group(name=name, size=layer.weight.shape[0], axes=()))
        self._place(own, f"{name}.weight", 0, layer.weight.shape[0])
        if layer.bias is not None:
            self._place(own, f"{name}.bias", 0, layer.weight.shape[0])
        return own

    def _normed(self, layer: BatchNorm | nn.GroupNorm, name: str, signal: _Signal) -> _Signal:
        for tensor, value in [*layer.named_parameters(), *layer.named_buffers()]:
            if value.dim():  # the count of batches belongs to no unit
                is_weight = isinstance(value, nn.Parameter)
                self._place(signal, f"{name}.{tensor}", 0, len(value), is_weight=is_weight)
        if isinstance(layer, nn.GroupNorm):
            self._bind(signal, layer.num_groups, name)
        return signal

    def _bind(self, signal: _Signal, n_blocks: int, name: str) -> None:
        """Keep the blocks of a group norm together."""
        if len(signal) > 1 and n_blocks > 1:
            raise ValueError(f"{name!r} is a group norm of concatenated signals; take batch norm instead")
        number, size = signal[0].group, signal[0].size
        if n_blocks not in (1, size):  # blocks of one unit, or of all units, bind nothing
            group = self.groups[number]
            self.groups[number] = replace(group, n_blocks=_bond(group.name, [group.n_blocks, n_blocks]))

    def _added(self, one: _Signal, other: _Signal, name: str) -> _Signal:
        sizes = [[part.size for part in signal] for signal in (one, other)]
        if sizes[0] != sizes[1] and [None] not in sizes:
            raise ValueError(f"{name!r} adds signals that are concatenated of different parts")
        for first, second in zip(one, other, strict=True):
            self.tie(first.group, second.group)
        return one

    def _place(self, signal: _Signal, tensor: str, dim: int, length: int, *, is_weight: bool = True) -> None:
        """Write down that the units of a signal lie along `dim`, of `length` entries, of a tensor."""
        if signal == inputs:
            return  # they do not move
        n_units = sum(part.size or 0 for part in signal)
        if length % n_units or any(part.size is None for part in signal):
            raise ValueError(
                f"{tensor!r} takes {length} entries, of which it is not known where the {n_units} units lie"
            )
        start = 0
        for part in signal:
            axis = Axis(tensor=tensor, dim=dim, start=start, span=length // n_units, is_weight=is_weight)
            group = self.groups[part.group]
            self.groups[part.group] = replace(group, axes=(*group.axes, axis))
            start += (part.size or 0) * axis.span


def _union(groups: Sequence[Group]) -> Group:
    axes = tuple(axis for group in groups for axis in group.axes)
    n_blocks = _bond(groups[0].name, [group.n_blocks for group in groups])
    return replace(groups[0], axes=axes, n_blocks=n_blocks)


def _bond(name: str, n_blocks: Iterable[int]) -> int:
    """Return the number of blocks that several norms ask for."""
    bonds = sorted(set(n_blocks) - {1})
    if len(bonds) > 1:
        raise ValueError(
            f"units of {name!r} are in group norms of {' and of '.join(map(str, bonds))} groups; "
            "give those norms the same number of groups"
        )
    return bonds[0] if bonds else 1


def _joined(name: str, child: str) -> str:
    return f"{name}.{child}" if name else child
