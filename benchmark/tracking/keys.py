"""Which numbers of a cell are metrics in MLflow, and under which keys: the same ones in every suite.

MLflow draws a chart for every key, in sections by what stands before the slash. So a cell shows at most
`most_keys` of them, and the tables beside it hold everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from benchmark.measures.measure import slug_of

most_keys = 30
longest_key = 250  # MLflow refuses more
sections = (
    "performance",
    "training",
    "sharpness",
    "landscape",
    "weights",
    "measures",
)  # first come, first kept
other = "measures"  # of measures that a suite brings along

shown: Mapping[str, tuple[str, ...]] = {  # family -> section, then the quantities that are metrics
    "performance": ("performance", "test_error", "test_loss", "train_error", "train_loss", "gap"),
    "history": (
        "training",
        "loss",
        "error",
        "val_loss",
        "val_error",
        "gradient_norm",
        "weight_norm",
    ),
    "adaptive_sharpness": ("sharpness", "value"),
    "average_direction_sharpness": ("sharpness", "value"),
    "filter_normalized_sharpness": ("sharpness", "value"),
    "hessian_eigenvalues": ("sharpness", "lambda_max"),
    "hessian_extremes": ("sharpness", "lambda_max", "lambda_min"),
    "hessian_trace": ("sharpness", "value"),
    "keskar_sharpness": ("sharpness", "value"),
    "m_sharpness": ("sharpness", "value"),
    "noise_scale": ("sharpness", "value"),
    "sam_sharpness": ("sharpness", "value"),
    "spectral_density": ("sharpness", "lambda_max", "lambda_min"),
    "eigenvalue_ratio_map": ("landscape", "ratio_around"),
    "initial_final_line": ("landscape", "monotonicity_gap"),
    "loss_surface": ("landscape", "convex_up_to", "log10_max"),
    "radial_width": ("landscape", "value"),
    "random_lines": ("landscape", "flat_radius"),
    "trajectory_pca": ("landscape", "explained_12"),
    "distance_from_init": ("weights", "value"),
    "weight_norm": ("weights", "all"),
    "weight_histogram": ("weights",),
}


def metric_keys(numbers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return (label, quantity) -> key of the numbers of one cell that are metrics, in order of sections.

    >>> metric_keys([("hessian_extremes[n_steps=20]", "lambda_max"), ("hessian_extremes[n_steps=20]", "residual")])
    {('hessian_extremes[n_steps=20]', 'lambda_max'): 'sharpness/hessian_extremes.lambda_max'}
    """
    numbers = sorted(set(numbers))
    names = _names({label for label, _ in numbers})
    keys = {
        (label, quantity): _key(label, names[label], quantity)
        for label, quantity in numbers
        if _is_shown(label, quantity)
    }
    ordered = sorted(keys.items(), key=lambda item: (sections.index(item[1].partition("/")[0]), item[1]))
    return dict(ordered[:most_keys])


def _names(labels: Iterable[str]) -> dict[str, str]:
    """Return label -> name, without the options that say how much work was done, where that leaves labels apart.

    They differ between suites, and would part what is the same measure.
    """
    short = {label: slug_of(_without_effort(label)) for label in labels}
    n_labels = Counter(short.values())
    return {label: name if n_labels[name] == 1 else slug_of(label) for label, name in short.items()}


def _without_effort(label: str) -> str:
    family, _, options = label.removesuffix("]").partition("[")
    kept = [option for option in options.split(",") if option and not option.startswith("n_")]
    return f"{family}[{','.join(kept)}]" if kept else family


def _is_shown(label: str, quantity: str) -> bool:
    family = label.partition("[")[0]
    return family not in shown or quantity in shown[family][1:]


def _key(label: str, name: str, quantity: str) -> str:
    family = label.partition("[")[0]
    section = shown.get(family, (other,))[0]
    words = [] if family in ("performance", "history") else [name]
    words += [] if quantity == "value" else [slug_of(quantity)]
    return f"{section}/{'.'.join(words) or name}"[:longest_key]
