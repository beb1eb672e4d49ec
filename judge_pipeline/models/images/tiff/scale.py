"""Which value of a TIFF is black and which is white, and its samples as 8 bits by that scale.

| samples | black to white |
|---|---|
| 8 bits and fewer, unsigned | the whole range of the type |
| 9 to 16 bits, grey | the whole range; if a smaller depth holds all values (8, 10, 12 or 14: cameras, X-ray), that depth's |
| the same, using less than a quarter of that scale and not its lightest tenth (thermal cameras, masks) | darkest to lightest |
| 9 to 16 bits, RGB | the whole range; if 8, 10 or 12 bits hold all values, that depth's. A dark picture of 14 bits is a dark picture |
| 17 to 64 bits, unsigned, using the highest bit | the whole range |
| float RGB, CMYK | 0 to 1, 0 to 255 or 0 to 65 535, whichever all values fit that reach a quarter of it; else darkest to lightest |
| everything else: signed integers, float grey, large integers | darkest to lightest |
| CMYK of unsigned integers, transparency | the whole range |

All values equal: the whole range where there is one, else black. With WhiteIsZero, black and white are exchanged.

Without data, so left out of the scale and shown black: NaN; the value of `GDAL_NODATA`; and, among signed, large or floating
samples, a value that programs write for "no data" (-9999, -32768, 1e20 and larger, ...) if it is farther from all others than
these are from each other. Left out of the scale, but shown as its end: infinities; and the largest value of 9 to 16 bits of grey
(a marker, a broken pixel), if fewer than a quarter of the pixels have it and all others fit in two bits less.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from judge_pipeline.models.images.tiff.samples import FLOAT, SIGNED, Samples

USED_BITS = (8, 10, 12, 14)
MOST_USED_BITS_OF_COLOUR = 12
LITTLE = 1 / 4
FEW = 1 / 4
LIGHTEST = 0.9
"""A picture that reaches the lightest tenth of its scale is light, like a blank page: its noise is not to become its contrast."""

WHOLE_FLOATS = (1.0, 255.0, 65_535.0)

NO_DATA = (-999, -9999, -99999, -999999, -32767, -32768, 32767, -(2**31), 2**31 - 1, 2**32 - 1)
HUGE = 1e15
"""No picture's value: fill values of float rasters are 1e20, 1e30, 9.97e36, 3.4e38 and 1.8e308, of either sign."""


@dataclass(slots=True)
class Used:
    """The values that a page uses, without those that stand for no data."""

    darkest: float = np.inf
    lightest: float = -np.inf
    is_empty: bool = True
    missing: int = 0
    infinite: int = 0
    values: int = 0
    saturated: int = 0
    lightest_alpha: float = 0.0
    suspects: dict[float, int] = field(default_factory=dict)

    def includes(self, darkest: float, lightest: float) -> None:
        """Widens the range."""
        self.darkest, self.lightest = min(self.darkest, darkest), max(self.lightest, lightest)
        self.is_empty = False


@dataclass(frozen=True, slots=True)
class Scale:
    """What is black and what is white; `high_byte` takes the first 8 of 16 bits instead, as Pillow does for colours."""

    black: float
    white: float
    alpha_white: float
    without_data: tuple[float, ...]
    high_byte: bool
    reason: str = ""


def used_values(parts: Iterable[Samples], *, bits: int, colours: int, no_data: float | None) -> Used:
    """What the first `colours` bands of all parts use; the next one is transparency."""
    saturated = [2.0**bits - 1] if 8 < bits <= 16 and colours == 1 else []
    used = Used()
    for part in parts:
        if part.shape[2] > colours:
            used.lightest_alpha = max(used.lightest_alpha, float(np.nanmax(part[..., colours])))
        values = part[..., :colours].ravel()
        is_value = np.ones(values.shape, bool)
        if values.dtype.kind == "f":
            is_nan, is_infinite = np.isnan(values), np.isinf(values)
            used.missing += int(is_nan.sum())
            used.infinite += int(is_infinite.sum())
            is_value = ~(is_nan | is_infinite)
        if no_data is not None:
            is_no_data = is_value & (values == _as(no_data, values.dtype))
            used.missing += int(is_no_data.sum())
            is_value &= ~is_no_data
        used.values += int(is_value.sum())
        is_small = values.dtype.kind == "u" and values.dtype.itemsize <= 2
        if not is_small or saturated:
            is_suspect = is_value & (values == saturated[0] if is_small else _suspects(values))
            for value, count in zip(*np.unique(values[is_suspect], return_counts=True), strict=True):
                used.suspects[float(value)] = used.suspects.get(float(value), 0) + int(count)
            is_value &= ~is_suspect
        values = values[is_value]
        if values.size:
            used.includes(float(values.min()), float(values.max()))
    return used


def _suspects(values: Samples) -> Any:
    known = [value for value in NO_DATA if float(_as(value, values.dtype)) == value]
    with np.errstate(over="ignore"):  # half floats hold few of these values
        found = np.isin(values, np.array(known, values.dtype))
        return found | (np.abs(values) >= HUGE) if values.dtype.kind == "f" else found


def _as(value: float, kind: np.dtype[Any]) -> Any:
    """A value in the samples' type; one that the type cannot hold is NaN, which equals none."""
    if kind.kind == "f":
        with np.errstate(over="ignore"):
            return kind.type(value)
    limits = np.iinfo(kind)
    return kind.type(int(value)) if not np.isnan(value) and limits.min <= value <= limits.max else np.nan


def scale_of(
    used: Used, *, bits: int, sample_format: int, colours: int, no_data: float | None, is_inverted: bool
) -> Scale:
    """The scale of the module's table for values that `used_values` found; it counts those without data in `used`."""
    without = [] if no_data is None else [no_data]
    span = used.lightest - used.darkest if not used.is_empty else 0.0
    if sample_format not in {SIGNED, FLOAT} and bits <= 16:
        for value, count in used.suspects.items():
            if span > 0 and used.lightest < 2 ** (bits - 2) and count < used.values * FEW:
                used.saturated = count
            else:
                used.includes(value, value)
        used.suspects.clear()
    for value in sorted(used.suspects, key=lambda value: max(used.darkest - value, value - used.lightest)):
        distance = max(used.darkest - value, value - used.lightest)
        if span > 0 and distance > span:
            without.append(value)
            used.missing += used.suspects[value]
        else:
            used.includes(value, value)
            span = used.lightest - used.darkest
    whole = {SIGNED: 2.0 ** (bits - 1) - 1, FLOAT: 1.0}.get(sample_format, 2.0**bits - 1)
    black, white, reason = _black_and_white(used, bits, sample_format, colours, whole, is_inverted=is_inverted)
    return Scale(
        black=black,
        white=white,
        alpha_white=white if used.lightest_alpha <= white < whole and not black else whole,
        without_data=tuple(without),
        high_byte=bits == 16 and colours > 1 and (black, white) == (0.0, 65_535.0),
        reason=reason,
    )


def _black_and_white(
    used: Used, bits: int, sample_format: int, colours: int, whole: float, *, is_inverted: bool
) -> tuple[float, float, str]:
    darkest, lightest = (0.0, 0.0) if used.is_empty else (used.darkest, used.lightest)
    is_unsigned = sample_format not in {SIGNED, FLOAT}
    if is_unsigned and (bits <= 8 or colours == 4 or (bits > 16 and lightest >= 2 ** (bits - 1))):
        return 0.0, whole, ""
    if is_unsigned and bits <= 16:
        if darkest == lightest:
            return 0.0, whole, ""
        depths = [depth for depth in USED_BITS if depth < bits and lightest < 2**depth]
        depths = [depth for depth in depths if colours == 1 or depth <= MOST_USED_BITS_OF_COLOUR]
        white = 2.0 ** depths[0] - 1 if depths else whole
        is_light = darkest < white * (1 - LIGHTEST) if is_inverted else lightest > white * LIGHTEST
        if colours == 1 and lightest - darkest < white * LITTLE and not is_light:
            return darkest, lightest, f"its values from {darkest:g} to {lightest:g} are shown as black to white"
        if depths:
            return 0.0, white, f"its values use {depths[0]} of {bits} bits: {white:g} is shown as white"
        return 0.0, white, ""
    if sample_format == FLOAT and colours > 1 and darkest >= 0:
        for white in WHOLE_FLOATS:
            if white * LITTLE <= lightest <= white:
                return 0.0, white, ""
    return darkest, lightest, ""


def in_8_bits(values: Samples, scale: Scale, *, is_inverted: bool) -> Samples:
    """Colours (not transparency) by the scale; what has no data is black."""
    if scale.high_byte:
        shown = (values >> 8).astype(np.uint8)
    else:
        wide = values.astype(np.float64 if values.dtype.itemsize > 4 else np.float32)
        factor = 255 / ((scale.white - scale.black) or 1.0)
        with np.errstate(invalid="ignore", over="ignore"):
            # 32-bit arithmetic where Pillow's conversion of 32-bit pictures has it: the same bytes as ever
            graded = wide.astype(np.float64) * factor + (0.5 - scale.black * factor)
            shown = np.clip(np.nan_to_num(graded.astype(np.float32), nan=0.0), 0, 255).astype(np.uint8)
    if is_inverted:
        shown = 255 - shown
    for value in scale.without_data:
        shown[values == _as(value, values.dtype)] = 0
    if values.dtype.kind == "f":
        shown[np.isnan(values)] = 0
    return shown


def alpha_in_8_bits(values: Samples, scale: Scale) -> Samples:
    """Transparency: 255 is opaque."""
    if scale.alpha_white == 65_535:
        return (values >> 8).astype(np.uint8)
    graded = np.nan_to_num(values.astype(np.float64) * (255 / scale.alpha_white) + 0.5, nan=255.0)
    return np.clip(graded, 0, 255).astype(np.uint8)
