"""Faults that `lossbench check` must find: one edit of one file each, and the number that it must be seen in.

The list is what the gate promises. A fault whose text is no longer in the file fails its test: edit it here then.
"""

from __future__ import annotations

from dataclasses import dataclass

training = "arm=equal_epochs,batch_size=500"
matched = "arm=matched_loss,batch_size=64"
surface = "arm=depth,depth=4,skips=with"
matching = "arm=width,width=16,member=matched"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A fault.

    Attributes:
        name: what is wrong.
        file: path in the repository, with the one occurrence of `old` replaced by `new`.
        suite, only: the cell that shows it, of seed 0.
        label: the measure that must be red, "cell" where it must be said that the cell is gone.
        quantity: of that measure; "" for any.
        measure: what is computed, where it is not the label.
        told: what must be said of it, too.
    """

    name: str
    file: str
    old: str
    new: str
    suite: str
    only: str
    label: str
    quantity: str = ""
    measure: str = ""
    told: str = ""

    def __str__(self) -> str:
        return self.name


faults = (
    Planted(
        name="the learning rate of a suite is halved",
        file="suites/batch_size_sharpness/suite.py",
        old="    lr: Positive = 0.1  #",
        new="    lr: Positive = 0.05  #",
        suite="batch_size_sharpness",
        only=matched,
        label="cell",
        measure="performance",
        told="training.lr 0.1 -> 0.05",
    ),
    Planted(
        name="the learning rate is wrong in its fourth digit",
        file="benchmark/cells/training/lanes.py",
        old="update.factors(member.lr)",
        new="update.factors(1.0001 * member.lr)",
        suite="batch_size_sharpness",
        only=training,
        label="history",
        quantity="loss",
    ),
    Planted(
        name="momentum is added",
        file="benchmark/cells/training/sgd.py",
        old="momentum=self.momentum,",
        new="momentum=self.momentum or 0.5,",
        suite="batch_size_sharpness",
        only=training,
        label="history",
        quantity="loss",
    ),
    Planted(
        name="weight decay is dropped",
        file="benchmark/cells/training/sgd.py",
        old="weight_decay=self.weight_decay\n",
        new="weight_decay=0.0\n",
        suite="width",
        only="arm=weight_decay,weight_decay=0.01",
        label="weight_norm",
        quantity="all",
    ),
    Planted(
        name="Adam does not correct the bias of its second moment",
        file="benchmark/cells/training/adam_update.py",
        old="(1 - beta2**count) ** -0.5",
        new="1.0",
        suite="depth_skip_connections",
        only="arm=line,setting=wide_adam",
        label="history",
        quantity="loss",
    ),
    Planted(
        name="the last batch of an epoch is dropped",
        file="benchmark/cells/training/batches.py",
        old="-(-len(examples) // batch_size)",
        new="len(examples) // batch_size",
        suite="batch_size_sharpness",
        only="arm=equal_epochs,batch_size=8",
        label="performance",
        quantity="n_steps",
    ),
    Planted(
        name="the order of the examples does not depend on the seed",
        file="benchmark/cells/training/batches.py",
        old='generator(self._order_seed, "order", epoch)',
        new='generator(0, "order", epoch)',
        suite="width",
        only="arm=width,width=16,member=second",
        label="history",
        quantity="loss",
    ),
    Planted(
        name="the stop at a loss comes one test late",
        file="benchmark/cells/training/trajectory.py",
        old='if stop is not None and record["loss"] <= stop:',
        new='if stop is not None and self.history and self.history[-1]["loss"] <= stop:',
        suite="batch_size_sharpness",
        only=matched,
        label="performance",
        quantity="n_steps",
    ),
    Planted(
        name="labels are shifted by a class",
        file="benchmark/cells/data/digits.py",
        old="targets=table[:, 64].clone()",
        new="targets=(table[:, 64] + 1) % 10",
        suite="batch_size_sharpness",
        only=training,
        label="history",
        quantity="loss",
    ),
    Planted(
        name="initial weights are too small",
        file="benchmark/cells/models/layers.py",
        old="std=gain / math.sqrt(fan_in)",
        new="std=1 / math.sqrt(fan_in)",
        suite="batch_size_sharpness",
        only=training,
        label="history",
        quantity="weight_norm",
    ),
    Planted(
        name="skip connections are not scaled by depth",
        file="benchmark/cells/models/mlp.py",
        old="scale=(self.depth - 1) ** -0.5",
        new="scale=1.0",
        suite="depth_skip_connections",
        only=surface,
        label="performance",
        quantity="test_loss",
    ),
    Planted(
        name="muP multiplies the first layer where it should divide",
        file="benchmark/cells/models/mlp.py",
        old='network.get_parameter("layer1.0.weight").data /= self._multiplier',
        new='network.get_parameter("layer1.0.weight").data *= self._multiplier',
        suite="width",
        only="arm=mup,width=4,member=first",
        label="history",
        quantity="weight_norm",
    ),
    Planted(
        name="a factor 2 in the Hessian-vector product",
        file="benchmark/landscape/written_out.py",
        old="return network.gradients.read()\n",
        new="return 2 * network.gradients.read()\n",
        suite="batch_size_sharpness",
        only=training,
        label="hessian_extremes[n_steps=20]",
        quantity="lambda_max",
        measure="hessian_extremes",
    ),
    Planted(
        name="a chunk's Hessian-vector product is a sum in place of a mean",
        file="benchmark/landscape/chunks.py",
        old="yield built(vector_P) * (len(inputs_B) / n_examples)",
        new="yield built(vector_P) * len(inputs_B)",
        suite="batch_size_sharpness",
        only=training,
        label="hessian_trace[n_probes=20]",
        measure="hessian_trace",
    ),
    Planted(
        name="trace probes are Gaussian in place of random signs",
        file="benchmark/landscape/spectrum.py",
        old="return (2 * signs - 1).to(like_P)",
        new="return torch.randn(signs.shape, generator=generator).to(like_P)",
        suite="batch_size_sharpness",
        only=training,
        label="hessian_trace[n_probes=20]",
        measure="hessian_trace",
    ),
    Planted(
        name="the radius of the SAM ball is squared",
        file="benchmark/measures/sam_sharpness.py",
        old="        rho=rho,\n",
        new="        rho=rho**2,\n",
        suite="batch_size_sharpness",
        only=training,
        label="sam_sharpness",
    ),
    Planted(
        name="filter normalization takes the other axis",
        file="benchmark/landscape/weights.py",
        old="axes = tuple(range(1 if by_filter else 0, weight.dim()))",
        new="axes = tuple(range(0, weight.dim() - by_filter))",
        suite="depth_skip_connections",
        only=surface,
        label="loss_surface[level=0.5,n_points=9]",
    ),
    Planted(
        name="directions move biases, too",
        file="benchmark/landscape/weights.py",
        old='if biases == "zero" and not is_filter_weight(weight):',
        new='if biases == "nothing" and not is_filter_weight(weight):',
        suite="width",
        only="arm=width,width=16,member=first",
        label="loss_surface[n_points=11]",
    ),
    Planted(
        name="batch-norm statistics stay as they were along a line",
        file="benchmark/landscape/lines.py",
        old='return self.landscapes["train"].recalibrated_buffers(theta_P)',
        new='return self.landscapes["train"].buffers',
        suite="depth_skip_connections",
        only="arm=line,setting=wide_batch_norm",
        label="initial_final_line[n_points=21]",
        measure="initial_final_line",
        quantity="train_loss",
    ),
    Planted(
        name="a barrier is not taken above the mean of its ends",
        file="benchmark/landscape/barriers.py",
        old="return float(values_A[middle[0]]) - (float(values_A[0]) + float(values_A[-1])) / 2",
        new="return float(values_A[middle[0]])",
        suite="width",
        only="arm=width,width=4,member=second",
        label="barrier[n_points=21]",
        measure="barrier",
    ),
    Planted(
        name="weight matching permutes the wrong network",
        file="benchmark/cells/derivations/matching.py",
        old="ours_NX @ theirs_NX.T",
        new="theirs_NX @ ours_NX.T",
        suite="width",
        only=matching,
        label="barrier[n_points=21]",
        measure="barrier",
    ),
)
