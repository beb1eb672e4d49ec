"""A page of a TIFF as a picture of 8 bits, for the kinds that Pillow misreads or refuses."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps
from PIL.ExifTags import Base as Tag

from judge_pipeline.models.images.tiff.samples import (
    FLOAT,
    RAW,
    SIGNED,
    UNSIGNED,
    Layout,
    Samples,
    samples_of,
    subsampled_colours,
)
from judge_pipeline.models.images.tiff.scale import Scale, alpha_in_8_bits, in_8_bits, scale_of, used_values
from judge_pipeline.models.images.tiff.tags import Tags
from judge_pipeline.models.images.treatments import Treatment
from judge_pipeline.models.images.unreadable import UnreadableImage

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3, LAB: 3}
"""How many samples of a pixel are its colour, by PhotometricInterpretation."""

ASSOCIATED, UNASSOCIATED = 1, 2
"""ExtraSamples that are transparency; colours of associated alpha are multiplied by it."""


@dataclass(frozen=True, slots=True)
class TiffPage:
    """A page that Pillow does not read right; `size` before it is turned upright."""

    data: bytes
    layout: Layout
    photometric: int
    alpha: int
    no_data: float | None
    tags: Tags

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture as stored."""
        return self.layout.width, self.layout.height

    def picture(self, treatments: list[Treatment]) -> Image.Image:
        """The page in 8 bits: upright: L, LA, RGB, RGBA or CMYK, with its colour profile.

        Raises:
            UnreadableImage: the file ends early, is damaged, or has no value to show.
        """
        try:
            if self.photometric == PALETTE:
                picture = self._from_palette()
            else:
                picture = self._from_ycbcr() if self.photometric == YCBCR else self._scaled(treatments)
        except UnreadableImage:
            raise
        except Exception as error:  # damaged data makes decoders stumble over anything
            reason = "ends early: truncated" if "truncated" in str(error) else "is damaged:"
            raise UnreadableImage(f"the file {reason} TIFF") from error
        if profile := self.tags.content(Tag.InterColorProfile):
            picture.info["icc_profile"] = profile
        picture.getexif()[Tag.Orientation] = self.tags.first(Tag.Orientation, 1)
        ImageOps.exif_transpose(picture, in_place=True)
        picture.format = "TIFF"
        return picture

    def _scaled(self, treatments: list[Treatment]) -> Image.Image:
        layout, colours = self.layout, COLOURS[self.photometric]
        bands = colours + bool(self.alpha)

        def parts() -> Iterator[tuple[int, int, Samples]]:
            return samples_of(self.data, layout, bands, self.no_data)

        used = used_values(
            (values for _, _, values in parts()), bits=layout.bits, colours=colours, no_data=self.no_data
        )
        scale = scale_of(
            used,
            bits=layout.bits,
            sample_format=layout.sample_format,
            colours=colours,
            no_data=self.no_data,
            is_inverted=self.photometric == WHITE_IS_ZERO,
        )
        if used.is_empty and not used.infinite:
            raise UnreadableImage("the image has no value to show: all of its pixels are NaN or stand for no data")
        treatments += self._treatments(scale, missing=used.missing, infinite=used.infinite)
        if used.saturated:
            sentence = (
                f"{used.saturated} values of {2**layout.bits - 1} are far above all others; the scale leaves them out"
            )
            treatments.append(Treatment("tiff saturated", sentence))
        mode = {1: "L", 3: "RGB", 4: "CMYK"}[colours] + ("A" if self.alpha else "")
        picture = Image.new(mode, self.size)
        for x, y, values in parts():
            shown = in_8_bits(values[..., :colours], scale, is_inverted=self.photometric == WHITE_IS_ZERO)
            if self.alpha:
                alpha = alpha_in_8_bits(values[..., colours:], scale)
                shown = np.concatenate([_divided(shown, alpha) if self.alpha == ASSOCIATED else shown, alpha], axis=2)
            picture.paste(Image.frombytes(mode, (shown.shape[1], shown.shape[0]), shown.tobytes()), (x, y))
        return picture

    def _from_palette(self) -> Image.Image:
        entries = np.array(self.tags.all(Tag.ColorMap), np.uint16).reshape(3, -1).T
        colours = (entries >> 8 if entries.max() > 255 else entries).astype(np.uint8)
        picture = Image.new("RGB", self.size)
        for x, y, values in samples_of(self.data, self.layout, 1):
            shown = colours[values[..., 0]]
            picture.paste(Image.frombytes("RGB", (shown.shape[1], shown.shape[0]), shown.tobytes()), (x, y))
        return picture

    def _from_ycbcr(self) -> Image.Image:
        picture = Image.new("YCbCr", self.size)
        for y, shown in subsampled_colours(self.data, self.layout, *subsampling(self.tags)):
            picture.paste(Image.frombytes("YCbCr", (shown.shape[1], shown.shape[0]), shown.tobytes()), (0, y))
        return picture

    def _treatments(self, scale: Scale, *, missing: int, infinite: int) -> list[Treatment]:
        """What is said of the page. What changes no pixels was shown the same before this module decoded it."""
        layout, found = self.layout, []
        kind = (layout.bits, layout.sample_format)
        if missing or infinite:
            what = f"{missing} values stand for no data and are shown black" if missing else ""
            both = " and ".join(filter(None, [what, f"{infinite} are infinite" if infinite else ""]))
            found.append(Treatment("tiff no data", f"{both}; the scale leaves them out"))
        if scale.reason:
            found.append(Treatment("tiff used range", scale.reason))
        elif scale.black or scale.white != 2.0**layout.bits - 1:
            sentence = (
                f"its values have no scale of their own: {scale.black:g} is shown as black, {scale.white:g} as white"
            )
            found.append(Treatment("tiff range", sentence, changes_pixels=False))
        if self.photometric == WHITE_IS_ZERO and kind in {(16, UNSIGNED), (32, FLOAT)}:
            found.append(Treatment("tiff white is zero", "its smallest value is shown as white, as the file says"))
        if layout.is_planar and layout.compression == RAW and layout.bits == 16:
            found.append(Treatment("tiff planes", "its colours are stored in separate planes of 16 bits"))
        if kind in {(12, UNSIGNED), (8, SIGNED)} or (kind == (32, UNSIGNED) and scale.white == 2.0**32 - 1):
            sign = "signed" if layout.sample_format == SIGNED else "unsigned"
            found.append(Treatment("tiff depth", f"its values are {sign} integers of {layout.bits} bits"))
        return found


def subsampling(tags: Tags) -> tuple[int, ...]:
    """How many pixels across and down share their tints in YCbCr."""
    return tags.all(Tag.YCbCrSubSampling, 2, 2)


def _divided(colours: Samples, alpha: Samples) -> Samples:
    """Colours that were multiplied by transparency, as they were before."""
    wide = colours.astype(np.uint32) * 255 // np.maximum(alpha, 1)
    return np.where(alpha > 0, np.minimum(wide, 255), 0).astype(np.uint8)
