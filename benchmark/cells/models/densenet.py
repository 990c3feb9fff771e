"""Densely connected networks for small images."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.cells.checks import reject, require_count

if TYPE_CHECKING:
    from torch import nn

    from benchmark.cells.data.task import Task


@dataclass(frozen=True, kw_only=True)
class DenseNet:
    """A densely connected network with bottlenecks and halved transitions (Huang et al. 2017, DenseNet-BC).

    A 3 x 3 convolution of 2 `growth` channels; blocks of dense layers with a transition between two blocks; batch norm,
    ReLU, spatial mean and linear head. A dense layer puts `growth` channels behind its input: batch norm, ReLU, 1 x 1
    convolution to 4 `growth` channels, batch norm, ReLU, 3 x 3 convolution. A transition is batch norm, ReLU, 1 x 1
    convolution to half the channels, 2 x 2 average pooling. No convolution has a bias. The default is DenseNet-121
    without the stride and pooling of its stem, for small images (that Li et al. 2018 took this form: secondary).
    Weights are Kaiming-normal (fan-in), biases zero.

    Attributes:
        blocks: dense layers per block.
        growth: channels that a dense layer adds.
    """

    blocks: tuple[int, ...] = (6, 12, 24, 16)
    growth: int = 32

    def __post_init__(self) -> None:
        if not self.blocks or not all(isinstance(count, int) and count > 0 for count in self.blocks):
            reject(self, "blocks", "give an integer >= 1 for every block")
        require_count(self, "growth")

    def build(self, task: Task) -> nn.Module:
        """Return the network for `task`, its weights drawn from torch's global generator.

        Raises:
            ValueError: when the inputs of `task` are not images of at least 8 x 8, or too small for the transitions.
        """
        from torch import nn

        from benchmark.cells.models.layers import (
            SpatialMean,
            dense_block,
            draw_kaiming,
            image_shape,
            transition,
        )

        channels_in, _, _ = image_shape(task, "DenseNet", smallest=max(8, 2 ** (len(self.blocks) - 1)))
        channels = 2 * self.growth
        stages: OrderedDict[str, nn.Module] = OrderedDict(
            stem=nn.Conv2d(channels_in, channels, 3, padding=1, bias=False)
        )
        for index, n_layers in enumerate(self.blocks):
            if index:
                stages[f"transition{index}"] = transition(channels, channels // 2)
                channels //= 2
            stages[f"block{index + 1}"] = dense_block(n_layers, channels, self.growth)
            channels += n_layers * self.growth
        stages["norm"] = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())
        stages["pool"] = SpatialMean()
        stages["head"] = nn.Linear(channels, task.n_outputs)
        network = nn.Sequential(stages)
        draw_kaiming(network)
        return network
