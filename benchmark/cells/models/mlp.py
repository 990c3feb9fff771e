"""Fully connected networks, plain or with skip connections."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from benchmark.cells.checks import reject, require_choice, require_count, require_flag

if TYPE_CHECKING:
    from torch import nn

    from benchmark.cells.data.task import Task

activation_gains = {"relu": math.sqrt(2), "gelu": math.sqrt(2), "tanh": 5 / 3, "identity": 1.0}


@dataclass(frozen=True, kw_only=True)
class MLP:
    """`depth` hidden layers of `width` units between the flattened input and a linear head.

    A hidden layer is linear, optional batch norm, activation. With `skip`, every hidden layer but the first
    adds to its input: h <- h + layer(h) / sqrt(depth - 1). With tanh h grows by a bounded factor at any depth, with
    ReLU, whose outputs have a mean above 0, about exp(sqrt(depth) / 2) times: 9 times at depth 20, where it would be
    16,000 times without the root. A branch ends with its activation, so that it cannot start at zero instead: ReLU
    passes no gradient there.
    Weights are Kaiming-normal (gain of the activation; the head as a hidden layer), biases zero.

    With "mup" (maximal update parametrization, for SGD) one learning rate suits every width. A weight w acts as c w,
    by multipliers between the layers. With r = width / base_width and sigma^2 the variance of the standard network:

                                          c           variance of w    so that c w has learning rate, variance
        layer 1, and all hidden biases    sqrt(r)     sigma^2 / r      r lr,    sigma^2
        layers 2 to depth                 1           sigma^2          lr,      sigma^2
        head                              1/sqrt(r)   sigma^2          lr / r,  sigma^2 / r
        bias of the head                  1           0                lr,      0

    since a step of lr on w is one of c^2 lr on c w. Learning rate, momentum and weight decay stay single numbers, and
    the curvature that is measured, that of w, is the one that the steps meet. At width = base_width the network is the
    standard one, bit for bit. Other optimizers than SGD need other multipliers.
    Source: Yang et al. 2022, equation 4 and table 3 (right half of the table), table 9 (left half; equal by lemma J.1),
    after Yang & Hu 2021 (a = -1/2, 0, ..., 0, 1/2, b = 1/2, c = 0; secondary).

    Attributes:
        stacks: its networks can be trained in lanes, see `benchmark.cells.training.lanes`.
        width: units per hidden layer.
        depth: hidden layers; 0 is a linear model.
        skip: add skip connections (needs depth >= 2).
        norm: "batch" puts a batch norm before every activation, and takes the layer's own bias away.
        activation: "relu", "tanh", "gelu", or "identity" (a deep linear network).
        parametrization: "standard" or "mup" (needs depth >= 1 and no norm).
        base_width: for "mup", the width at which it is the standard network.
    """

    stacks: ClassVar[bool] = True

    width: int = 64
    depth: int = 2
    skip: bool = False
    norm: Literal["none", "batch"] = "none"
    activation: Literal["relu", "tanh", "gelu", "identity"] = "relu"
    parametrization: Literal["standard", "mup"] = "standard"
    base_width: int = 64

    def __post_init__(self) -> None:
        require_count(self, "width")
        require_count(self, "depth", least=0)
        require_flag(self, "skip")
        require_choice(self, "norm", ("none", "batch"))
        require_choice(self, "activation", tuple(activation_gains))
        if self.skip and self.depth < 2:
            reject(self, "skip", f"give depth >= 2 (it is {self.depth}): the first layer is never skipped")
        require_choice(self, "parametrization", ("standard", "mup"))
        require_count(self, "base_width")
        if self.parametrization == "standard" and self.base_width != type(self).base_width:
            reject(self, "base_width", "leave it out: only parametrization='mup' has a base width")
        if self.parametrization == "mup" and (self.depth == 0 or self.norm != "none"):
            reject(
                self,
                "parametrization",
                f"give depth >= 1 (it is {self.depth}), norm='none' (it is {self.norm!r})",
            )

    def build(self, task: Task) -> nn.Module:
        """Return the network for `task`, its weights drawn from torch's global generator."""
        from torch import nn

        from benchmark.cells.models.layers import Residual, Scale, draw_kaiming

        n_features = math.prod(task.input_shape)
        stages: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
        for index in range(self.depth):
            layer = self._hidden_layer(n_features, first=index == 0)
            if self.skip and index > 0:
                layer = Residual(layer, scale=(self.depth - 1) ** -0.5)
            stages[f"layer{index + 1}"] = layer
            n_features = self.width
        if self._multiplier != 1:
            stages["before_head"] = Scale(1 / self._multiplier)
        stages["head"] = nn.Linear(n_features, task.n_outputs)
        network = nn.Sequential(stages)
        draw_kaiming(network, gain=activation_gains[self.activation])
        if self._multiplier != 1:
            network.get_parameter("layer1.0.weight").data /= self._multiplier
        return network

    @property
    def _multiplier(self) -> float:
        """Multiplier of the first layer and of every hidden bias; the inverse is that of the head."""
        return math.sqrt(self.width / self.base_width) if self.parametrization == "mup" else 1.0

    def _hidden_layer(self, n_inputs: int, *, first: bool) -> nn.Module:
        from torch import nn

        from benchmark.cells.models.layers import activation_layer, linear_layers, scaled_layers

        linear = linear_layers(n_inputs, self.width, norm=self.norm, bias=self.norm == "none")
        layers = nn.Sequential(*linear, activation_layer(self.activation))
        # W h + c b = c (W h / c + b), where the first layer has c W instead
        return scaled_layers(layers, before=1 if first else 1 / self._multiplier, after=self._multiplier)
