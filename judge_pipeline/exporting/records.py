"""The rows of each format as the trainers document them: plain values for JSON and Parquet."""

from collections.abc import Callable, Mapping
from typing import Any

from judge_pipeline.domain.caption import caption_question
from judge_pipeline.domain.image import Image
from judge_pipeline.exporting.best_caption import BestCaption
from judge_pipeline.exporting.preference import Preference

Record = Mapping[str, Any]

ItemUrl = Callable[[str], str]
"""Returns the label editor's URL of a data hash. It is not signed, so it grants no access and does not expire."""

PLACE_OF_THE_IMAGE = "<image>"
"""LLaMA-Factory needs it once in the text for each of the `images`."""


def image_file(image: Image) -> str:
    """The path of an image in an export. Named by its bytes, because titles may be equal or not valid file names."""
    return f"images/{image.sha256}.jpg"


def generic_pair(pair: Preference, item_url: ItemUrl) -> Record:
    """A flat row with everything known about a pair, except who the person was."""
    judgement, choice = pair.judgement, pair.final_choice
    return {
        **_about(pair.image, item_url),
        "split": pair.split.value,
        "chosen": pair.chosen.text,
        "rejected": pair.rejected.text,
        "chosen_captioner": pair.chosen.captioner.value,
        "rejected_captioner": pair.rejected.captioner.value,
        "chosen_model": pair.chosen.model,
        "rejected_model": pair.rejected.model,
        "provenance": pair.provenance.value,
        "score_gap": pair.score_gap,
        "unanimity": pair.unanimity,
        "judge_choice": judgement.choice.value if judgement and judgement.choice else None,
        "judge_model": judgement.model if judgement else None,
        "prompt_version": judgement.prompt_version if judgement else None,
        "ontology_version": judgement.ontology_version if judgement else None,
        "review": choice.review.value if choice else None,
        "blind": choice.blind if choice else None,
        "drawn": choice.drawn.value if choice and choice.drawn else None,
        "inclusion_probability": pair.probability,
        "decided_at": choice.decided_at if choice else None,
    }


def generic_best(best: BestCaption, item_url: ItemUrl) -> Record:
    """A flat row with an image's better caption."""
    return {
        **_about(best.image, item_url),
        "split": best.split.value,
        "caption": best.caption.text,
        "captioner": best.caption.captioner.value,
        "model": best.caption.model,
        "provenance": best.provenance.value,
    }


def trl_pair(pair: Preference) -> Record:
    """TRL's conversational preference format for vision models; its collator puts the image before the first question."""
    return {
        "images": [image_file(pair.image)],
        "prompt": _prompt(),
        "chosen": [_message("assistant", pair.chosen.text)],
        "rejected": [_message("assistant", pair.rejected.text)],
    }


def trl_best(best: BestCaption) -> Record:
    """TRL's conversational prompt-completion format for vision models, for SFT."""
    return {
        "images": [image_file(best.image)],
        "prompt": _prompt(),
        "completion": [_message("assistant", best.caption.text)],
    }


def llamafactory_pair(pair: Preference) -> Record:
    """LLaMA-Factory's ranked conversation format."""
    question = caption_question()
    return {
        "system": question.system,
        "conversations": [{"from": "human", "value": f"{PLACE_OF_THE_IMAGE}{question.text}"}],
        "chosen": {"from": "gpt", "value": pair.chosen.text},
        "rejected": {"from": "gpt", "value": pair.rejected.text},
        "images": [image_file(pair.image)],
    }


def _about(image: Image, item_url: ItemUrl) -> dict[str, Any]:
    question = caption_question()
    return {
        "tag": str(image.tag),
        "image_title": image.title,
        "image_item_uuid": image.item_uuid,
        "image_sha256": image.sha256,
        "image_width": image.width,
        "image_height": image.height,
        "image_url": item_url(image.data_hash),
        "system": question.system,
        "prompt": question.text,
    }


def _prompt() -> list[dict[str, str]]:
    question = caption_question()
    return [_message("system", question.system), _message("user", question.text)]


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}
