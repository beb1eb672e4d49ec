"""An alignment: what a judge is given to judge more as people do. It is a part of the judge's version."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from string import Template

from judge_pipeline.domain.alignment.calibration import Calibration
from judge_pipeline.domain.model_answer import Picture
from judge_pipeline.domain.prompts import prompt
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import delimited, visible_line


@dataclass(frozen=True, slots=True)
class Example:
    """A pair that people have compared. `better` is the number of their caption, 1 or 2; `tag` is not shown to the judge.

    `picture` is the image as a data URI; "" if examples are shown without images.
    """

    tag: Tag
    caption_1: str
    caption_2: str
    better: int
    picture: str = ""

    def swapped(self) -> "Example":
        """The same pair in the other order."""
        return Example(self.tag, self.caption_2, self.caption_1, 3 - self.better, self.picture)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Notes and examples stand in the judge's question; the calibration is applied to its answers."""

    notes: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    calibration: Calibration | None = None

    @property
    def version(self) -> str:
        """The first 12 hex digits of the sha256 over everything in it."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:12]

    @property
    def captions(self) -> tuple[str, ...]:
        """The examples' captions, which a nonce must not occur in."""
        return tuple(caption for each in self.examples for caption in (each.caption_1, each.caption_2))

    def pictures(self) -> tuple[Picture, ...]:
        """The examples' images in their order, to be shown before the image in question."""
        return tuple(
            Picture(f"The image of example {number}:", each.picture)
            for number, each in enumerate(self.examples, start=1)
            if each.picture
        )

    def text(self, nonce: str, *, is_swapped: bool) -> str:
        """What the question gains, "" if nothing. `is_swapped` shows every example in the other order.

        Both orders of a question see opposite orders of the examples, so no example favours a position.
        """
        examples = [each.swapped() if is_swapped else each for each in self.examples]
        parts = [_notes(self.notes)] if self.notes else []
        parts += [_examples(examples, nonce)] if examples else []
        return Template(prompt("judge_alignment").text).substitute(parts="\n\n".join(parts)) if parts else ""


NOT_ALIGNED = Alignment()
"""The judge as the project's settings and prompts make it."""


def _notes(notes: Sequence[str]) -> str:
    return "What they look at, as noted from their choices:\n" + "\n".join(f"- {visible_line(each)}" for each in notes)


def _examples(examples: Sequence[Example], nonce: str) -> str:
    has_pictures = any(each.picture for each in examples)
    shown = "in the order of their images, which come first" if has_pictures else "without their images"
    pairs = [
        f"{delimited(f'EXAMPLE {number} CAPTION A', each.caption_1, nonce)}\n"
        f"{delimited(f'EXAMPLE {number} CAPTION B', each.caption_2, nonce)}\n"
        f"People chose Caption {'A' if each.better == 1 else 'B'}."
        for number, each in enumerate(examples, start=1)
    ]
    return "\n\n".join([f"Pairs that they have compared, {shown}:", *pairs])
