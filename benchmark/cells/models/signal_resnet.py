"""Residual networks for signals, and the same networks without their shortcuts."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from benchmark.cells.checks import reject, require_choice, require_count, require_flag

if TYPE_CHECKING:
    from torch import nn

    from benchmark.cells.data.task import Task

head_sd = 1e-3


@dataclass(frozen=True, kw_only=True)
class SignalResNet:
    """The ResNet of depth 6n + 2 (He et al. 2015, section 4.2) with convolutions of one dimension.

    A convolution of window 3, three stages of n blocks with `width`, 2 `width` and 4 `width` channels (the second and
    third stage start with stride 2: 40 places are 40, 20 and 10), mean over the places, linear head. A block is two
    convolutions of window 3 with norm, and ReLU after the first and after the sum with the shortcut. Where the shape
    changes, the shortcut is a convolution of window 1 with norm. Without `skip` every shortcut is gone, those
    convolutions included. Convolutions are Kaiming-normal (fan-in), the head is N(0, 0.001^2), biases are zero.

    Without norm and scale every sum doubles the variance, 2^9 times at depth 20. With `scaled_branches` a block is
    shortcut(x) + body(x) / sqrt(number of blocks), so that all sums together let it grow (1 + 1/n)^n < e times at any
    depth, and the network trains without norm (Hayou et al. 2021, "Stable ResNet"; secondary). The scale stays while
    the network trains. Branches that start at zero (Zhang et al. 2019, "Fixup"; secondary) would do as well, but have
    initial filters of length zero, to which no direction can be normalized.

    Attributes:
        stacks: its networks can be trained in lanes, see `benchmark.cells.training.lanes`.
        depth: 8, 14, 20, ..., 56, 110, ...: layers with weights, shortcuts aside.
        width: channels of the first stage.
        skip: whether blocks have shortcuts.
        norm: "batch" or "none" (convolutions get a bias).
        scaled_branches: whether what a block adds is divided by sqrt(number of blocks); needs `skip`. False is the
            network of He et al., which without norm diverges at ordinary learning rates.
    """

    stacks: ClassVar[bool] = True

    depth: int = 20
    width: int = 16
    skip: bool = True
    norm: Literal["batch", "none"] = "batch"
    scaled_branches: bool = False

    def __post_init__(self) -> None:
        require_count(self, "depth", least=8)
        if (self.depth - 2) % 6:
            reject(self, "depth", f"give 6n + 2, such as {self.depth - (self.depth - 2) % 6}")
        require_count(self, "width")
        require_flag(self, "skip")
        require_choice(self, "norm", ("batch", "none"))
        require_flag(self, "scaled_branches")
        if self.scaled_branches and not self.skip:
            reject(self, "scaled_branches", "leave it out: with skip=False nothing is added to a shortcut")

    def build(self, task: Task) -> nn.Module:
        """Return the network for `task`, its weights drawn from torch's global generator.

        Raises:
            ValueError: when the inputs of `task` are not signals of at least 8 places.
        """
        from torch import nn

        from benchmark.cells.models.layers import (
            SpatialMean,
            draw_kaiming,
            residual_stage,
            signal_conv_layers,
            signal_shape,
        )

        channels, _ = signal_shape(task, "SignalResNet")
        n_blocks = (self.depth - 2) // 2
        convolution = partial(signal_conv_layers, norm=self.norm, bias=self.norm == "none")
        scale = n_blocks**-0.5 if self.scaled_branches else 1.0
        stage = partial(residual_stage, n_blocks // 3, skip=self.skip, convolution=convolution, scale=scale)
        head = nn.Linear(4 * self.width, task.n_outputs)
        stages: OrderedDict[str, nn.Module] = OrderedDict(
            stem=nn.Sequential(*convolution(channels, self.width), nn.ReLU()),
            stage1=stage(self.width, self.width, stride=1),
            stage2=stage(self.width, 2 * self.width, stride=2),
            stage3=stage(2 * self.width, 4 * self.width, stride=2),
            pool=SpatialMean(),
            head=head,
        )
        network = nn.Sequential(stages)
        draw_kaiming(network)
        nn.init.normal_(head.weight, std=head_sd)
        return network
