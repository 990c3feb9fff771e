"""The papers' figures: surfaces, profiles, ratios, spectra, paths and lines.

Orange is without skip connections, blue is with them, wherever the two stand side by side. Pictures of single networks
show the first seed that has most of them.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from benchmark.report.figures.kinds.against import Against, Panel
from benchmark.report.figures.kinds.bands import Band, Bands
from benchmark.report.figures.kinds.heat import Heat
from benchmark.report.figures.kinds.loss_planes import Planes
from benchmark.report.figures.kinds.panel_layout import PanelLayout
from benchmark.report.figures.kinds.parts import Part, Words, each
from benchmark.report.figures.kinds.recorded_curves import Curve, Curves
from benchmark.report.figures.kinds.scatter import Dots, Scatter
from benchmark.report.figures.kinds.spectral_densities import Spectra
from benchmark.report.figures.kinds.strips import Strip, Strips
from benchmark.report.figures.kinds.values import at_least, percent
from benchmark.report.figures.theme import series
from benchmark.stats.number import Number

from .claims import center_loss, distance, excess, gap, log10_max, ratio, ratio_center, test_error
from .suite import settings

loss_axis = "training loss (nats per example)"
ratio_axis = "|smallest / largest eigenvalue|"
deep = {"arm": "depth"}
skips = tuple(Part(label=f"{level} skips", where={"skips": level}, color=series[i])
              for level, i in (("without", 1), ("with", 0)))
words: Words = {
    "network": {"mlp": "MLP", "resnet": "ResNet", "signal_resnet": "1-D ResNet, no norm",
                "signal_resnet_bn": "1-D ResNet, batch norm"},
    "depth": "depth {:g}", "skips": "{} skips", "arm": {"densenet": "DenseNet"},
    "setting": {name: name.replace("_", " ").replace("adam", "Adam").replace("cnn", "CNN").replace("resnet", "ResNet-")
                for name in settings},
}
depths = each("depth", words=words)
kinds = each("network", where=deep, words=words)
networks = (each("network", "skips", "depth", where=deep, words=words),
            each("arm", where={"arm": "densenet"}, words=words))


def surface(plane: str) -> Number:
    """Return the surfaces on planes of one kind."""
    return Number(measure="loss_surface", options={"plane": plane})


def starts(start: str, color: str) -> tuple[Part, Part]:
    """Return the lines of training (solid) and test (dashed) from own or from unrelated initial weights."""
    of = {split: Number(measure="initial_final_line", quantity=f"{split}_loss",
                        options={"start": start, "batch_norm": "recalibrated"}) for split in ("train", "test")}
    return (Part(label=f"{start}, train", color=color, number=of["train"]),
            Part(label=f"{start}, test", color=color, number=of["test"], dashed=True))


def explained(records: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Return the share of a path's variance in its plane, and that of shuffled paths."""
    own = records["cells"].map(tuple) == tuple(rows["cells"].iloc[0])
    of_path = records[(records["measure"] == excess.measure) & own]
    share = 100 * of_path.groupby("quantity")["value"].mean()
    return f"{share['explained_12']:.0f} %, shuffled {share['null_12']:.0f} %"


figures = (
    Against(
        name="error_against_depth", shows=("S2.C1",), where=deep, x="depth", x_label="depth", lines=skips, rows=kinds,
        title="Error and training loss against depth, with and without skip connections",
        caption="All networks had the same number of epochs: where the training loss is high, a network is "
        "under-trained, and its error says as much of that. After Li et al. 2018, figure 5.",
        panels=(Panel(number=test_error, label="test error (%)", shown=percent, log=True),
                Panel(number=replace(test_error, quantity="train_loss"), label=loss_axis, log=True)),
    ),
    Planes(
        name="surfaces", shows=("S2.C2", "S2.C3", "S2.C4", "S2.C6"), measure=surface("random"),
        panels=networks, across="depth", title="Loss surfaces, without skip connections and with them",
        caption="The training loss on a plane through the trained network (cross) along two random filter-normalized "
        "directions, the same ones for networks of one shape, in units of the filters' norms. All panels are on one "
        "logarithmic scale. Networks that were trained to different losses have different surfaces for that reason "
        "alone. After Li et al. 2018, figures 1 and 5.",
    ),
    Scatter(
        name="confound_of_training_loss", shows=("S2.P1",), where=deep, lines=skips, marks=depths, rows=kinds,
        title="Roughness of the surface against the training loss at its centre",
        caption="Every dot is a network. Deep networks without skip connections are under-trained as well as rough, so "
        "that equal epochs alone cannot tell the one from the other: where the clouds of one loss differ, it is the "
        "surface.",
        panels=(Dots(x=center_loss, x_label=f"{loss_axis} at the centre", log_x=True, y=log10_max,
                     y_label="log10 of the largest loss on the surface"),),
    ),
    Bands(
        name="random_profiles", shows=("S2.C2",), where=deep, measure=Number(measure="random_lines"), x="alpha",
        x_label="distance along the direction", rows=depths, lines=skips, one_seed=True,
        layout=PanelLayout(n_columns=4, share="y"), panels=(Band(array="train_loss", label=loss_axis, log=True),),
        title="Loss along random filter-normalized directions",
        caption="A curve is one direction through a network (at 0), in units of the filters' norms.",
    ),
    Planes(
        name="surfaces_along_eigenvectors", measure=surface("eigenvectors"), panels=networks, across="depth",
        title="Loss surfaces along the two eigenvectors of the Hessian with the largest eigenvalues",
        caption="The directions are the sharpest ones there are, as long as a filter-normalized random direction.",
    ),
    Against(
        name="eigenvalue_ratios", shows=("S2.C5",), where=deep, x="depth", x_label="depth", lines=skips, rows=kinds,
        title="Most negative over largest eigenvalue of the Hessian, at the trained network and around it",
        caption="|lambda_min / lambda_max| over the weights of filters; around: mean over points at a small distance "
        "along two random directions. Where Lanczos has not converged, lambda_min is known from above only, and the "
        "record says so. After Li et al. 2018, section 6.",
        layout=PanelLayout(share="y"), panels=(
            Panel(number=ratio_center, title="At the trained network", label=ratio_axis, log=True),
            Panel(number=ratio, title="Around it", label="", log=True)),
    ),
    Heat(
        name="ratio_maps", shows=("S2.C5",), x="alpha", y="beta", panels=networks, across="depth", one_seed=True,
        title="Maps of the eigenvalue ratio over the planes of the surfaces",
        caption="|lambda_min / lambda_max| at the points of a grid: where it is near 0 the loss is convex for what "
        "counts, and what looks convex is so; elsewhere a plane hides negative curvature. Far from the network the "
        "ends of the spectrum lie dense and are known less well. After Li et al. 2018, section 6.",
        number=replace(ratio, options={"points": "grid"}, quantity="ratio"), label=ratio_axis,
    ),
    Spectra(
        name="spectral_densities", where=deep, measure=Number(measure="spectral_density"), lines=skips, by=depths,
        title="Spectral density of the Hessian at the trained network", label="eigenvalue (nats)",
        caption="By stochastic Lanczos quadrature, smoothed by a hundredth of the range; the band goes from the "
        "smallest to the largest over probes. Left of the line lie directions of negative curvature. One seed.",
    ),
    Planes(
        name="paths_of_training", shows=("S2.C7",), measure=surface("trajectory"), panels=networks, across="depth",
        title="The path of training, on the loss surface in the plane of its first two principal components",
        caption="From the initial weights (circle) to the trained ones (star). Above each panel: how much of the "
        "path's variance the plane holds, and how much the best plane of a path holds that has the same steps in "
        "random order and sign (shuffled). Shares near the latter are what any path of so many steps shows. After Li "
        "et al. 2018, section 7.",
        detail=explained,
    ),
    Strips(
        name="variance_of_paths", shows=("S2.C7",), where=deep, lines=skips, by=depths, shown=percent,
        title="Variance of the path of training in two dimensions, and of paths without structure",
        caption="Dots are networks: the two leading principal components of the path (filled), of paths with the same "
        "steps in random order and sign (open), and a random plane (crosses). After Li et al. 2018, section 7.",
        label="share of the variance (%)", limits=(-4, 104), strips=tuple(
            Strip(number=replace(excess, quantity=quantity), label=label, marker=marker, filled=filled)
            for quantity, label, marker, filled in (("explained_12", "training", "o", True),
                                                    ("null_12", "shuffled steps", "o", False),
                                                    ("random_plane_share", "random plane", "x", False))),
    ),
    Curves(
        name="initial_to_final_lines", shows=("S2.C8",), x="alpha", x_label="alpha",
        title="Loss on the line from the initial weights to the trained ones",
        caption="At 0 stand the initial weights, at 1 the trained ones. Blue: from the network's own initial weights; "
        "purple, for some: from unrelated ones. Solid is training, dashed test. First the networks of several depths, "
        "without and with skip connections, then the settings that move the weights more or less far. After Goodfellow "
        "et al. 2015 and Lucas et al. 2021, figure 1.",
        rows=(each("network", "depth", "skips", where=deep, words=words),
              each("setting", where={"arm": "line"}, words=words)),
        lines=(*starts("own", series[0]), *starts("unrelated", series[3])), layout=PanelLayout(n_columns=3, height=2.2),
        panels=(Curve(label="loss (nats per example)", log=True),),
    ),
    Scatter(
        name="rise_against_distance", shows=("S2.C8", "S2.C9"), where={"arm": "line"},
        layout=PanelLayout(share="y", height=3.4),
        title="Largest rise of the loss on the line, against the distance moved and the test error",
        caption="Every dot is a network of the arm line. Rises below 1e-4 nats are drawn there: the line falls "
        "monotonically.",
        lines=each("setting", words=words, ordered=True), panels=(
            Dots(x=distance, x_label="distance from the initial weights", log_x=True, y=gap, y_shown=at_least(1e-4),
                 y_label="largest rise on the line (nats)", log_y=True),
            Dots(x=test_error, x_label="test error (%)", x_shown=percent, log_x=True, y=gap, y_shown=at_least(1e-4),
                 y_label="", log_y=True)),
    ),
)
