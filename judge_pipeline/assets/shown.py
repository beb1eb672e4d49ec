"""What each materialisation shows in Dagster: the image, captions, scores and costs that a person wants to see, with a link."""

from typing import Any, assert_never

import dagster as dg

from judge_pipeline.assets.preview import preview
from judge_pipeline.assets.tag_path import Value
from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.domain.visible_text import visible, visible_line

UNKNOWN = "unknown"


def shown(value: Value, image: Image | None, workbench: Workbench, *, reused: bool) -> dict[str, Any]:
    """The metadata of one partition's materialisation; `reused` says that an earlier run made it."""
    metadata: dict[str, Any] = {}
    if image is not None:
        metadata["image"] = visible_line(image.title)
        metadata["preview"] = dg.MetadataValue.md(preview(image.thumbnail))
    metadata |= _of(value)
    if image is not None:
        metadata["in Encord"] = dg.MetadataValue.url(workbench.item_url(image.data_hash))
    if reused:
        metadata["made by an earlier run"] = True
    return metadata


def _of(value: Value) -> dict[str, Any]:
    match value:
        case Image():
            return {"size": f"{value.width} x {value.height} pixels"}
        case Caption():
            return {
                "caption": visible(value.text),
                "words": len(value.text.split()),
                "model": value.model,
                **_spent(value),
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
                **_suspected(value),
                **_spent(value),
            }
        case _:
            assert_never(value)


def _panel(value: Judgement) -> dict[str, str]:
    """Each judge's own choice, where several were asked."""
    return {
        f"{vote.judge} ({vote.model})": vote.abstained or (vote.choice.value if vote.choice else "undecided")
        for vote in value.panel
    }


def _suspected(value: Judgement) -> dict[str, dg.MetadataValue]:
    """What looks like an attempt to sway the judge; an entry only where something does."""
    told = "\n".join(f"- {visible(suspicion)}" for suspicion in value.suspicions)
    return {"suspected": dg.MetadataValue.text(told)} if told else {}


def _spent(value: Caption | Judgement) -> dict[str, Any]:
    def known(amount: float | None) -> float | str:
        return UNKNOWN if amount is None else amount

    kinds = {"cached": value.cached_tokens, "of the image": value.image_tokens}
    return {
        "prompt tokens": known(value.prompt_tokens),
        **{f"prompt tokens, {kind}": count for kind, count in kinds.items() if count is not None},
        "completion tokens": known(value.completion_tokens),
        "cost (USD)": known(value.cost_usd),
        "seconds": round(value.seconds, 3),
    }
