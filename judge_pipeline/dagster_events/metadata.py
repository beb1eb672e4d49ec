"""What a materialisation shows in Dagster: image, captions, scores and costs, and a link to Encord."""

import base64
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any, assert_never

import dagster as dg

from judge_pipeline.domain.asset_values import AssetValue
from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.correction import Corrections
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.suspicion import signs_in
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.domain.visible_text import visible, visible_line
from judge_pipeline.domain.word_count import count_words

UNKNOWN = "unknown"

KEPT_WHEN_REUSED = frozenset({"warning", "caption", "choice", "suspected"})
"""Each entry costs some 150 bytes next to its text, twice on SQLite: the run has a file of its own."""

MARKDOWN_LIMIT = 1_000
"""Dagster's web server (1.13.27) collapses Markdown of this many characters or more."""

LARGEST_SIDE = 128
QUALITY = 15
"""At this quality photographs of 56 to 128 pixels fit and stay distinguishable; with JPEG they would be half as large."""

EFFORT = 2
"""Of 0 to 6. Over 20 photographs 4.6 ms each; the default of 4 takes 6.3 ms for previews of the same size."""


def partition_metadata(
    value: AssetValue,
    image: Image | None,
    *,
    item_url: Callable[[str], str],
    reused: bool,
    corrections: Corrections | None = None,
) -> dict[str, Any]:
    """The metadata of one partition's materialisation; `reused` if an earlier run made the value.

    A reused value is logged at every launch, so it shows only what a person looks for: which image, what was decided, what to look at
    and a link. The event of the run that made it has the rest.

    `corrections` are people's answers in the place of the judge's labels; the value is what the judge said.
    """
    metadata: dict[str, Any] = {}
    if image is not None:
        metadata["image"] = visible_line(image.title)
        if image.thumbnail and not reused:
            metadata["preview"] = dg.MetadataValue.md(preview(image.thumbnail))
    metadata |= {key: each for key, each in _values(value).items() if key in KEPT_WHEN_REUSED or not reused}
    if corrections is not None:
        lines = "\n".join(f"- {visible(f'{each.answer.title}: {each.summary}')}" for each in corrections.labels)
        metadata["corrected by a person"] = dg.MetadataValue.text(lines)
    if image is not None:
        metadata["in Encord"] = dg.MetadataValue.url(item_url(image.data_hash))
    if reused:
        metadata["made by an earlier run"] = True
    return metadata


def _values(value: AssetValue) -> dict[str, Any]:
    match value:
        case Image():
            return {"size": f"{value.width} x {value.height} pixels", **_preparation(value)}
        case Caption():
            return {
                "caption": visible(value.text),
                "words": count_words(value.text),
                "model": value.model,
                **_suspected(signs_in(value.text)),
                **_spent(value.spent),
            }
        case LinkedTextItems():
            return {"Text_8B": value.text_8b.item_uuid, "Text_16B": value.text_16b.item_uuid}
        case Judgement():
            scores = {f"{score.captioner}: {score.criterion}": score.label for score in value.scores}
            suggestions = {
                f"{captioner}: suggestion": visible(text)
                for captioner, text in (
                    (Captioner.LLM_8B, value.improvement_8b),
                    (Captioner.LLM_16B, value.improvement_16b),
                )
                if text
            }
            return {
                "choice": value.choice.value if value.choice else "undecided",
                **scores,
                **suggestions,
                "orders agree": "one order was asked" if value.orders_agree is None else value.orders_agree,
                "model": value.model,
                **_panel(value),
                **_suspected(value.suspicions),
                **_spent(value.spent),
            }
        case _:
            assert_never(value)


def _preparation(value: Image) -> dict[str, str]:
    """How the image was prepared for models other than usual, and what to look at; empty for an ordinary image."""
    found = {"prepared": "; ".join(value.notes), "warning": "; ".join(value.warnings)}
    return {key: visible_line(sentences) for key, sentences in found.items() if sentences}


def _panel(value: Judgement) -> dict[str, str]:
    """Each judge's own choice, if there were several."""
    return {
        f"{vote.judge} ({vote.model})": vote.abstained or (vote.choice.value if vote.choice else "undecided")
        for vote in value.panel
    }


def _suspected(suspicions: Sequence[str]) -> dict[str, dg.MetadataValue]:
    """What looks like an attempt to sway the judge, or like a caption that is none; empty if nothing does."""
    lines = "\n".join(f"- {visible(suspicion)}" for suspicion in suspicions)
    return {"suspected": dg.MetadataValue.text(lines)} if lines else {}


def _spent(spent: Spent) -> dict[str, Any]:
    def known(amount: float | None) -> float | str:
        return UNKNOWN if amount is None else amount

    kinds = {"cached": spent.cached_tokens, "of the image": spent.image_tokens}
    return {
        "prompt tokens": known(spent.prompt_tokens),
        **{f"prompt tokens, {kind}": count for kind, count in kinds.items() if count is not None},
        "completion tokens": known(spent.completion_tokens),
        "cost (USD)": known(spent.cost_usd),
        "seconds": round(spent.seconds, 3),
    }


@lru_cache(maxsize=1024)
def preview(thumbnail: str) -> str:
    """The thumbnail as Markdown shorter than `MARKDOWN_LIMIT`, with as many pixels as fit. Takes about 1 ms.

    The last images are cached, because each is shown on the pages of all five assets. With 64 calls in flight some 300 images are
    shown between two of them.
    """
    from PIL import Image

    with Image.open(BytesIO(base64.b64decode(thumbnail.partition(",")[2]))) as opened:
        picture = opened.convert("RGB")
    side = float(LARGEST_SIDE)
    while True:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        encoded = BytesIO()
        picture.save(encoded, "WEBP", quality=QUALITY, method=EFFORT)
        markdown = f"![](data:image/webp;base64,{base64.b64encode(encoded.getvalue()).decode()})"
        if len(markdown) < MARKDOWN_LIMIT:
            return markdown
        side = max(picture.size) * min(0.9, math.sqrt(MARKDOWN_LIMIT / len(markdown)))  # bytes grow with the area
