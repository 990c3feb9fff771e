"""The shallow convolutional network C1 of Keskar et al. 2017."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.cells.checks import require_count, require_fraction

if TYPE_CHECKING:
    from torch import nn

    from benchmark.cells.data.task import Task


@dataclass(frozen=True, kw_only=True)
class KeskarC1:
    """Network C1 (with 100 classes C3) of Keskar et al. 2017, appendix B and the authors' code.

    Twice: 5 x 5 convolution of `width` channels, batch norm, ReLU, 3 x 3 max pooling of stride 2. Then hidden
        linear
    layers of 6 and 3 times `width` units (384 and 192) with batch norm, ReLU and dropout, and the linear
    head. Weights are drawn uniformly (Glorot & Bengio 2010), biases are zero.

    Attributes:
        width: channels of the convolutions.
        dropout: probability with which a hidden unit is dropped in training.
    """

    width: int = 64
    dropout: float = 0.5

    def __post_init__(self) -> None:
        require_count(self, "width")
        require_fraction(self, "dropout")

    def build(self, task: Task) -> nn.Module:
        """Return the network for `task`, its weights drawn from torch's global generator.

        Raises:
            ValueError: when the inputs of `task` are not images of at least 8 x 8.
        """
        from torch import nn

        from benchmark.cells.models.layers import conv_layers, draw_glorot, image_shape, linear_layers

        def convolution(channels_in: int) -> nn.Module:
            layers = conv_layers(channels_in, self.width, norm="batch", bias=True, size=5)
            return nn.Sequential(*layers, nn.ReLU(), nn.MaxPool2d(3, stride=2))

        def hidden(n_inputs: int, n_units: int) -> nn.Module:
            layers = linear_layers(n_inputs, n_units, norm="batch", bias=True)
            return nn.Sequential(*layers, nn.ReLU(), nn.Dropout(self.dropout))

        channels, height, width = image_shape(task, "KeskarC1")
        n_features = self.width * _pooled(_pooled(height)) * _pooled(_pooled(width))
        stages = OrderedDict(
            layer1=convolution(channels),
            layer2=convolution(self.width),
            flatten=nn.Flatten(),
            hidden1=hidden(n_features, 6 * self.width),
            hidden2=hidden(6 * self.width, 3 * self.width),
            head=nn.Linear(3 * self.width, task.n_outputs),
        )
        network = nn.Sequential(stages)
        draw_glorot(network)
        return network


def _pooled(size: int) -> int:
    return (size - 3) // 2 + 1
