"""Residual networks for small images, and the same networks without their shortcuts."""

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
class ResNet:
    """The ResNet of depth 6n + 2 for small images (He et al. 2015, section 4.2), as trained by Li et al.
    2018.

    A 3 x 3 convolution, three stages of n blocks with `width`, 2 `width` and 4 `width` channels (the second
    and third stage start with stride 2), spatial mean, linear head. A block is two 3 x 3 convolutions with
    norm, and ReLU after the first and after the sum with the shortcut. Where the shape changes, the shortcut
    is a 1 x 1 convolution with norm. Without `skip` every shortcut is gone, the 1 x 1 convolutions included.
    Convolutions are Kaiming-normal (fan-in), the head is N(0, 0.001^2), biases are zero.
    Without norm nothing keeps the size of the activations in check: deep networks then need a small learning
        rate.

    Attributes:
        stacks: its networks can be trained in lanes on small inputs, see `benchmark.cells.training.lanes`.
        depth: 8, 14, 20, ..., 56, 110, ...: layers with weights, 1 x 1 shortcuts aside.
        width: channels of the first stage; 16 k is the wide network of factor k.
        skip: whether blocks have shortcuts.
        norm: "batch", "group" (8 groups, or as many as divide the channels), or "none" (convolutions get a
            bias).
    """

    stacks: ClassVar[bool | str] = "small inputs"

    depth: int = 20
    width: int = 16
    skip: bool = True
    norm: Literal["batch", "group", "none"] = "batch"

    def __post_init__(self) -> None:
        require_count(self, "depth", least=8)
        if (self.depth - 2) % 6:
            reject(self, "depth", f"give 6n + 2, such as {self.depth - (self.depth - 2) % 6}")
        require_count(self, "width")
        require_flag(self, "skip")
        require_choice(self, "norm", ("batch", "group", "none"))

    def build(self, task: Task) -> nn.Module:
        """Return the network for `task`, its weights drawn from torch's global generator.

        Raises:
            ValueError: when the inputs of `task` are not images of at least 8 x 8.
        """
        from torch import nn

        from benchmark.cells.models.layers import (
            SpatialMean,
            conv_layers,
            draw_kaiming,
            image_shape,
            residual_stage,
        )

        channels, _, _ = image_shape(task, "ResNet")
        convolution = partial(conv_layers, norm=self.norm, bias=self.norm == "none")
        stage = partial(residual_stage, (self.depth - 2) // 6, skip=self.skip, convolution=convolution)
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
