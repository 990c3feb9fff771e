"""The convolutional network of the MNIST-1D paper."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchmark.cells.checks import require_count

if TYPE_CHECKING:
    from torch import nn

    from benchmark.cells.data.task import Task

windows = (5, 3, 3)


@dataclass(frozen=True, kw_only=True)
class SignalCNN:
    """Three convolutions of a signal with `width` channels each, and a linear head on all that comes out.

    Windows of 5, 3 and 3 places, stride 2, one zero at either end, ReLU behind each: a signal of 40 places shrinks to
    19, 10 and 5. There is no pooling, so that the head knows where something was found.
    Weights are Kaiming-normal, biases zero, as in the other networks here. The authors leave both to torch, which draws
    them uniformly from -1 / sqrt(fan_in) to 1 / sqrt(fan_in): weights of a sixth of this variance.
    Source: Greydanus & Kobak 2024 (ICML; architecture in the authors' code), 5,210 weights at 25 channels.

    Attributes:
        stacks: its networks can be trained in lanes, see `benchmark.cells.training.lanes`.
        width: channels of every convolution; the paper's are 25.
    """

    stacks: ClassVar[bool] = True

    width: int = 25

    def __post_init__(self) -> None:
        require_count(self, "width")

    def build(self, task: Task) -> nn.Module:
        """Return the network for `task`, its weights drawn from torch's global generator.

        Raises:
            ValueError: when the inputs of `task` are not signals of at least 8 places.
        """
        from torch import nn

        from benchmark.cells.models.layers import draw_kaiming, signal_shape

        channels, length = signal_shape(task, "SignalCNN")
        stages: OrderedDict[str, nn.Module] = OrderedDict()
        for index, window in enumerate(windows):
            convolution = nn.Conv1d(channels, self.width, window, stride=2, padding=1)
            stages[f"layer{index + 1}"] = nn.Sequential(convolution, nn.ReLU())
            channels, length = self.width, (length + 2 - window) // 2 + 1
        stages["flatten"] = nn.Flatten()
        stages["head"] = nn.Linear(channels * length, task.n_outputs)
        network = nn.Sequential(stages)
        draw_kaiming(network)
        return network
