"""The mark of our judgements in Encord: a label's hash says which judges, ontology and texts it comes from. Pure.

A store that is lost, or has never seen an image, recognises by it what it would have to pay the judges for again.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judge_question import judge_prompt_version
from judge_pipeline.domain.judgement import Judgement, judgement_of_answers
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.text_item import LinkedTextItems

HASH_CHARACTERS = 8
"""As long as the hashes that Encord's SDK makes."""

SALT_CHARACTERS = 2
"""How many of them are random: labels that are saved again are new labels to Encord, its log and other programs."""

ADOPTED = "adopted from Encord"
"""The `model` of what was found in Encord: it is no longer known which model made it."""


def marked_answers(judgement: Judgement, texts: LinkedTextItems, *, salt: str) -> tuple[ClassificationAnswer, ...]:
    """The judgement's answers with the hashes by which `adopted_judgement` recognises them; `salt` is random text."""
    seed = [judgement.tag, judgement.judged_with, judgement.ontology_version, *texts.item_uuids]
    return _marked(judgement.answers, seed, salt[:SALT_CHARACTERS])


def adopted_judgement(
    found: Mapping[str, ClassificationAnswer],
    texts: LinkedTextItems,
    *,
    judge_ontology: JudgeOntology,
    judged_with: str,
    caption_8b: str,
    caption_16b: str,
) -> Judgement | None:
    """The judgement that these labels of an image's row are, by feature hash of their classification.

    None unless every one of them carries the mark of these judges, this ontology and these texts: one that a person has
    changed, added or removed spoils it. Single rulings and votes are not in Encord, so they are lost.
    """
    order = (judge_ontology.for_8b, judge_ontology.for_16b, *judge_ontology.others, judge_ontology.choice)
    answers = [found[each.feature_hash] for each in order if each.feature_hash in found]
    seed = [texts.tag, judged_with, judge_ontology.version, *texts.item_uuids]
    required = {judge_ontology.for_8b.feature_hash, judge_ontology.for_16b.feature_hash}
    if not required <= found.keys() or list(_marked(answers, seed, answers[0].label_hash[:SALT_CHARACTERS])) != answers:
        return None
    return judgement_of_answers(
        tuple(replace(answer, label_hash="") for answer in answers),
        tag=texts.tag,
        judge_ontology=judge_ontology,
        caption_8b=caption_8b,
        caption_16b=caption_16b,
        model=ADOPTED,
        prompt_version=judge_prompt_version(),
        judged_with=judged_with,
        spent=Spent(cached_tokens=None, image_tokens=None),
    )


def _marked(
    answers: Sequence[ClassificationAnswer], seed: Sequence[str], salt: str
) -> tuple[ClassificationAnswer, ...]:
    content = sorted([answer.feature_hash, sorted(map(_plain, answer.answers))] for answer in answers)
    return tuple(
        replace(answer, label_hash=salt + _hash([*seed, content, salt, answer.feature_hash])) for answer in answers
    )


def _plain(answer: AttributeAnswer) -> list[str]:
    match answer.value:
        case ChosenOption(feature_hash=chosen):
            value = chosen
        case tuple() as options:
            value = json.dumps(sorted(option.feature_hash for option in options))
        case str() as text:
            value = text
        case number:
            value = repr(float(number))
    return [answer.feature_hash, value]


def _hash(content: object) -> str:
    digest = hashlib.sha256(json.dumps(content).encode()).digest()
    return base64.b64encode(digest, altchars=b"ab").decode()[: HASH_CHARACTERS - SALT_CHARACTERS]
