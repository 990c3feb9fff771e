"""Numbers as a reader wants them: three significant digits, a real minus sign, a dash for what is not known."""

from __future__ import annotations

import math
from datetime import UTC, datetime

unknown = "–"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with `digits` significant digits: `0.0123`, `−4.57`, `1.2e−06`, `∞`."""
    if value is None or math.isnan(value):
        return unknown
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    return _fixed(value, decimals)


def _fixed(value: float, decimals: int) -> str:
    """Return a number with so many decimals; what rounds to zero has no sign."""
    return f"{value:z.{decimals}f}".replace("-", "−")


def estimate(effect: float | None, low: float | None, high: float | None) -> tuple[str, str]:
    """Return an effect and its interval, `0.83` and `[0.67, 1.00]`, with the decimals that the width earns."""
    if effect is None or low is None or high is None or not math.isfinite(high - low) or not high > low:
        return number(effect), "" if low is None or high is None else f"[{number(low)}, {number(high)}]"
    if not 1e-5 <= high - low < 1e6:
        return number(effect), f"[{number(low)}, {number(high)}]"
    decimals = max(0, 1 - math.floor(math.log10(high - low)))
    middle, left, right = (_fixed(end, decimals) for end in (effect, low, high))
    return middle, f"[{left}, {right}]"


def p_value(value: float | None) -> str:
    """Return a p-value with two significant digits, from 0.001 up."""
    return "< 0.001" if value is not None and value < 0.001 else number(value, 2)


def spread(mean: float, sd: float | None) -> str:
    """Return `mean ± sd` with the decimals that give the standard deviation two significant digits."""
    if sd is None or math.isnan(sd):
        return number(mean)
    decimals = max(0, 1 - math.floor(math.log10(sd))) if 0 < sd < math.inf else 0
    if sd == 0 or decimals > 6 or not max(abs(mean), sd) < 1e6:
        return f"{number(mean)} ± {number(sd, 2)}"
    return f"{_fixed(mean, decimals)} ± {_fixed(sd, decimals)}"


def as_factor(log_ratio: float | None) -> str:
    """Return a log-ratio as a factor, `×2.51`."""
    return unknown if log_ratio is None or log_ratio > 700 else f"×{number(math.exp(log_ratio))}"


def duration(seconds: float | None) -> str:
    """Return seconds as `48 s`, `12 min` or `3.1 h`."""
    if seconds is None:
        return unknown
    if seconds < 120:
        return f"{number(seconds, 2)} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def moment(seconds: float | str) -> str:
    """Return seconds since 1970 as date and time (UTC); a text as it is."""
    if isinstance(seconds, str):
        return seconds
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%d %H:%M} UTC"
