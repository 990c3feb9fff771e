"""Random crops and flips, or translations, of a batch, drawn for every example on its own.

Legend of shape suffixes: B examples, C channels, H height, W width, S positions.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional


def crop_flip(inputs_BCHW: Tensor, generator: torch.Generator, padding: int = 4) -> Tensor:
    """Return every picture shifted by up to `padding` pixels and, with probability 1/2, mirrored.

    Equals padding by zeros on all sides, a crop of the old size at a uniform place, and a horizontal flip
    (He et al. 2016, arXiv:1512.03385, section 4.2). Zero is the training mean of a standardized picture.
    Draws come from `generator`, on its device, so that a CPU generator augments alike on every device.
    """
    n_pictures, n_channels, height, width = inputs_BCHW.shape
    device = inputs_BCHW.device

    def draw(n_choices: int) -> Tensor:
        choices = torch.randint(n_choices, (n_pictures, 1), generator=generator, device=generator.device)
        return choices.to(device, non_blocking=True)

    top_B1, left_B1, mirrored_B1 = draw(2 * padding + 1), draw(2 * padding + 1), draw(2).bool()
    rows_BH = top_B1 + torch.arange(height, device=device)
    columns_W = torch.arange(width, device=device)
    columns_BW = left_B1 + torch.where(mirrored_B1, columns_W.flip(0), columns_W)
    pictures_B111 = torch.arange(n_pictures, device=device)[:, None, None, None]
    channels_C11 = torch.arange(n_channels, device=device)[:, None, None]
    padded = functional.pad(inputs_BCHW, [padding] * 4)
    return padded[pictures_B111, channels_C11, rows_BH[:, None, :, None], columns_BW[:, None, None, :]]


def translate(inputs_BCS: Tensor, generator: torch.Generator, most: int = 4) -> Tensor:
    """Return every signal moved by -`most` to `most` positions, uniformly; what leaves at one end enters at the other.

    Circular, as the procedure that makes MNIST-1D translates its templates (Greydanus and Kobak 2024; package mnist1d).
    It does so before it adds noise and a slope, which are moved too here: where the ends meet, a slope leaves a jump,
    as zeros in place of what enters would.
    Draws come from `generator`, on its device, so that a CPU generator augments alike on every device.
    """
    n_signals, n_channels, n_positions = inputs_BCS.shape
    device = inputs_BCS.device
    draws_B1 = torch.randint(2 * most + 1, (n_signals, 1), generator=generator, device=generator.device)
    shifts_B1 = draws_B1.to(device, non_blocking=True) - most
    sources_BS = (torch.arange(n_positions, device=device) - shifts_B1) % n_positions
    return inputs_BCS.gather(2, sources_BS[:, None, :].expand(-1, n_channels, -1))


# by what `Recipe.augment` calls it
augmentations: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "crop_flip": crop_flip,
    "translate": translate,
}
