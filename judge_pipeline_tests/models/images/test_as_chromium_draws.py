"""Models are sent what Chromium draws, because annotators look at that; or a file is refused in words.

The kinds of files are in the folder kinds. Chromium starts once and draws all of them on a canvas.
"""

import re
from collections.abc import Mapping

import pytest
from PIL import Image, ImageChops, ImageStat
from selenium import webdriver

from judge_pipeline.models.images.preparation import prepare_image
from judge_pipeline.models.images.unreadable import UnreadableImage
from judge_pipeline_tests.browser import browser
from judge_pipeline_tests.models.images.drawing import drawn_by
from judge_pipeline_tests.models.images.kinds import ALL_KINDS
from judge_pipeline_tests.models.images.kinds.kind import Kind
from judge_pipeline_tests.models.images.pictures import shown

__all__ = ["browser"]

pytestmark = pytest.mark.slow

LARGEST_DIFFERENCE = 3.0
"""Mean over all pixels and channels, of 255."""

FINE = "fine colours"
"""A note that kinds need not name: it is a matter of the specimen's edges."""


@pytest.fixture(scope="module")
def drawn(browser: webdriver.Chrome) -> Mapping[str, Image.Image | None]:
    """What Chromium draws of each kind, by its name."""
    kinds = [kind for kind in ALL_KINDS if kind.refused is None]
    files = [(kind.looks_like or kind.make)() for kind in kinds]
    return dict(zip([kind.name for kind in kinds], drawn_by(browser, files), strict=True))


@pytest.mark.parametrize("kind", [kind for kind in ALL_KINDS if kind.refused is None], ids=lambda kind: kind.name)
def test_models_are_sent_what_chromium_draws(kind: Kind, drawn: Mapping[str, Image.Image | None]) -> None:
    prepared = prepare_image(kind.make())
    reference = drawn[kind.name]
    assert reference is not None, "Chromium does not draw it: the kind needs `looks_like`"
    assert (prepared.source_width, prepared.source_height) == reference.size
    assert difference(shown(prepared), reference) < LARGEST_DIFFERENCE
    is_about_edges = any(FINE in words for words in kind.notes)
    assert_contains(tuple(note for note in prepared.notes if FINE not in note or is_about_edges), kind.notes)
    assert_contains(prepared.warnings, kind.warnings)


@pytest.mark.parametrize("kind", [kind for kind in ALL_KINDS if kind.refused], ids=lambda kind: kind.name)
def test_what_cannot_be_shown_is_refused_in_words(kind: Kind) -> None:
    with pytest.raises(UnreadableImage, match=re.escape(kind.refused or "")):
        prepare_image(kind.make())


def difference(found: Image.Image, reference: Image.Image) -> float:
    """The mean difference of the channels, the reference on white."""
    paper = Image.new("RGBA", reference.size, "white")
    paper.alpha_composite(reference)
    wanted = paper.convert("RGB")
    if wanted.size != found.size:
        wanted = wanted.resize(found.size, Image.Resampling.LANCZOS)
    return sum(ImageStat.Stat(ImageChops.difference(found.convert("RGB"), wanted)).mean) / 3


def assert_contains(found: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert len(found) == len(words), f"{found}, expected {words}"
    for sentence, word in zip(found, words, strict=True):
        assert word in sentence
