"""A convolutional network small enough for a CPU: about 24 thousand weights at width 16."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from benchmark.cells.checks import require_choice, require_count

if TYPE_CHECKING:
    from torch import nn

    from benchmark.cells.data.task import Task


@dataclass(frozen=True, kw_only=True)
class SmallCNN:
    """Three 3 x 3 convolutions of stride 2 with `width`, 2 `width` and 4 `width` channels, spatial mean,
    linear head.

    Each convolution is followed by the norm, if any, and ReLU. Weights are Kaiming-normal, biases zero.

    Attributes:
        stacks: its networks can be trained in lanes on small inputs, see `benchmark.cells.training.lanes`.
        width: channels of the first convolution.
        norm: "none" or "batch"; with batch norm the convolutions have no bias.
    """

    stacks: ClassVar[bool | str] = "small inputs"

    width: int = 16
    norm: Literal["none", "batch"] = "none"

    def __post_init__(self) -> None:
        require_count(self, "width")
        require_choice(self, "norm", ("none", "batch"))

    def build(self, task: Task) -> nn.Module:
        """Return the network for `task`, its weights drawn from torch's global generator.

        Raises:
            ValueError: when the inputs of `task` are not images of at least 8 x 8.
        """
        from torch import nn

        from benchmark.cells.models.layers import SpatialMean, conv_layers, draw_kaiming, image_shape

        channels_in, _, _ = image_shape(task, "SmallCNN")
        stages: OrderedDict[str, nn.Module] = OrderedDict()
        for index in range(3):
            channels = self.width * 2**index
            convolution = conv_layers(
                channels_in, channels, norm=self.norm, bias=self.norm == "none", stride=2
            )
            stages[f"layer{index + 1}"] = nn.Sequential(*convolution, nn.ReLU())
            channels_in = channels
        stages["pool"] = SpatialMean()
        stages["head"] = nn.Linear(channels_in, task.n_outputs)
        network = nn.Sequential(stages)
        draw_kaiming(network)
        return network
