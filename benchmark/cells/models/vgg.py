"""VGG networks for small images, as Li et al. 2018 and Frankle et al. 2020 trained them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchmark.cells.checks import require_choice, require_count

if TYPE_CHECKING:
    from torch import nn

    from benchmark.cells.data.task import Task

# convolutions per group; the channels of a group in units of the width
groups = {9: (2, 2, 3), 16: (2, 2, 3, 3, 3)}
channel_factors = (1, 2, 4, 8, 8)
vgg9_linear_sd = 1e-3


@dataclass(frozen=True, kw_only=True)
class VGG:
    """Groups of 3 x 3 convolutions, each group closed by 2 x 2 max pooling (an odd size is rounded up).

    depth 9 (Li et al. 2018): convolutions 64, 64 | 128, 128 | 256, 256, 256, a hidden linear layer of 256
    units on the flattened maps, and the linear head.
    depth 16 (Frankle et al. 2020): 64, 64 | 128, 128 | 256 x 3 | 512 x 3 | 512 x 3, spatial mean, head.
    Norm and ReLU follow every convolution and the hidden layer; all have biases, as in the authors' code.
    Weights are Kaiming-normal (fan-in), biases zero; the linear layers of depth 9 are N(0, 0.001^2) instead,
    unless there is no norm, without which so small weights would silence the hidden layer.

    Attributes:
        depth: 9 or 16.
        width: channels of the first group.
        norm: "batch" or "none".
    """

    depth: Literal[9, 16] = 9
    width: int = 64
    norm: Literal["batch", "none"] = "batch"

    def __post_init__(self) -> None:
        require_choice(self, "depth", tuple(groups))
        require_count(self, "width")
        require_choice(self, "norm", ("batch", "none"))

    def build(self, task: Task) -> nn.Module:
        """Return the network for `task`, its weights drawn from torch's global generator.

        Raises:
            ValueError: when the inputs of `task` are not images of at least 8 x 8.
        """
        from torch import nn

        from benchmark.cells.models.layers import (
            SpatialMean,
            draw_kaiming,
            image_shape,
            linear_layers,
            vgg_group,
        )

        channels, height, width = image_shape(task, "VGG")
        stages: OrderedDict[str, nn.Module] = OrderedDict()
        for index, n_convolutions in enumerate(groups[self.depth]):
            channels_out = channel_factors[index] * self.width
            stages[f"group{index + 1}"] = vgg_group(n_convolutions, channels, channels_out, norm=self.norm)
            channels, height, width = channels_out, -(-height // 2), -(-width // 2)
        if self.depth == 9:
            hidden = linear_layers(channels * height * width, channels, norm=self.norm, bias=True)
            stages["hidden"] = nn.Sequential(nn.Flatten(), *hidden, nn.ReLU())
        else:
            stages["pool"] = SpatialMean()
        stages["head"] = nn.Linear(channels, task.n_outputs)
        network = nn.Sequential(stages)
        draw_kaiming(network)
        if self.depth == 9 and self.norm == "batch":
            for layer in network.modules():
                if isinstance(layer, nn.Linear):
                    nn.init.normal_(layer.weight, std=vgg9_linear_sd)
        return network
