"""Outcomes as short as a test of the exports wants to write them."""

import hashlib
from typing import Any

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice, Review
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.reporting.values import A, B, caption, judgement

SHORT, LONG = "A cat.", "A grey cat on a red mat."


def sha256_of(tag: str) -> str:
    return hashlib.sha256(tag.encode()).hexdigest()


def image(tag: str) -> Image:
    return Image(Tag(tag), f"{tag}.jpg", f"item-{tag}", f"data-{tag}", sha256_of(tag), 640, 480, thumbnail="")


def chosen(
    tag: str, choice: Captioner | None, *, label: str | None = None, review: Review = Review.OPEN
) -> FinalChoice:
    """A person's choice; a label without a captioner is a tie."""
    return FinalChoice(
        Tag(tag),
        choice,
        label or (choice.value if choice else None),
        review,
        blind=True,
        decided_by="ada@example.org",
        decided_at="2026-11-22T08:00:00+00:00",
    )


def outcome(
    tag: str,
    judged: Captioner | Judgement | None = None,
    *,
    person: FinalChoice | None = None,
    text_8b: str = SHORT,
    text_16b: str = LONG,
    **kept: Any,
) -> Outcome:
    """An image with both captions, the judge's choice or judgement, and a person's."""
    verdict = judged if isinstance(judged, Judgement) else judgement(Tag(tag), judged, **kept)
    return Outcome(
        tag=Tag(tag),
        title=f"{tag}.jpg",
        image=image(tag),
        caption_8b=caption(Tag(tag), A, text_8b, model="small"),
        caption_16b=caption(Tag(tag), B, text_16b, model="large"),
        judgement=verdict,
        final_choice=person,
        failures=(),
    )


def item_url(data_hash: str) -> str:
    return f"https://app.example/label_editor/{data_hash}"
