"""m-sharpness: SAM's sharpness seen by shards of m examples, each with a perturbation of its own."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmark.measures.measure import measure

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained


@measure(unit="nats", source="Foret et al. 2021, section 4.2 (m-sharpness)", positive=True)
def m_sharpness(
    trained: Trained,
    *,
    m: int = 128,
    rho: float = 0.05,
    n_steps: int = 1,
    n_examples: int | None = None,
) -> float:
    """Mean over disjoint shards S of m examples of the shard's own sharpness.

        (1/n) sum_S max_{||e||_2 <= rho} L_S(theta + e) - L_S(theta),   L_S = mean loss over S

    Each maximum by `n_steps` of the ascent of `sam_sharpness`; with m = N it is `sam_sharpness`, and with one step
    that with method "one_step". Shards are
    consecutive examples of the split, which is in random order; a last shard of fewer than m examples is left out,
    since its m would be another. Larger than the sharpness of the mean, since every shard may choose its direction.
    In float32 the mean is known to about 1e-8 nats and 1e-5 of itself. All trainable parameters move; batch-norm
    statistics are frozen. Costs `n_steps` gradients and 2 passes over the data.

    Args:
        trained: the network.
        m: examples per shard.
        rho: radius of the ball.
        n_steps: steps of the ascent in every shard.
        n_examples: use the first `n_examples` training examples (None: all).

    Raises:
        ValueError: when m is not between 1 and the number of examples, or a shard's gradient is zero in one step.
    """
    from benchmark.landscape.ascent import largest_increase_in_ball

    landscape = trained.landscape(n_examples=n_examples)
    n = len(landscape.examples)
    if not 1 <= m <= n:
        raise ValueError(f"m is {m}, but there are {n} examples; give 1 <= m <= {n}")
    generator = trained.rng("m_sharpness")
    shards = (landscape.over(slice(start, start + m)) for start in range(0, n - m + 1, m))
    return statistics.fmean(
        largest_increase_in_ball(shard, rho=rho, n_steps=n_steps, generator=generator) for shard in shards
    )
