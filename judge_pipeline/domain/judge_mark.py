"""The mark of our judgements in Encord: a label's hash says which judges, ontology and texts it comes from. Pure.

A store that is lost, or has never seen an image, recognises by it what it would have to pay the judges for again.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice, product

from judge_pipeline.domain.alignment.alignment import NOT_ALIGNED, Alignment
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

MOST_CANDIDATES = 2_000
"""How many combinations of options are tried for what a corrected label said: 0.1 s, and with 36 bits a chance hit of 3e-8."""

ADOPTED = "adopted from Encord"
"""The `model` of what was found in Encord: it is no longer known which model made it."""


def marked_answers(judgement: Judgement, texts: LinkedTextItems, *, salt: str) -> tuple[ClassificationAnswer, ...]:
    """The judgement's answers with the hashes by which `adopted_judgement` recognises them; `salt` is random text."""
    return _marked(judgement.answers, _seed(judgement, texts), salt[:SALT_CHARACTERS])


def saved_answer(
    judgement: Judgement, texts: LinkedTextItems, label: ClassificationAnswer
) -> ClassificationAnswer | None:
    """The judgement's own answer that was saved as this label, whatever the label says now; None if it was not."""
    own = next((each for each in judgement.answers if each.feature_hash == label.feature_hash), None)
    if own is None:
        return None
    salt = label.label_hash[:SALT_CHARACTERS]
    mark = _mark(own, [*_seed(judgement, texts), _content(judgement.answers)], salt)
    return replace(own, label_hash=mark) if mark == label.label_hash else None


def adopted_judgement(
    labels: Iterable[ClassificationAnswer],
    texts: LinkedTextItems,
    *,
    judge_ontology: JudgeOntology,
    judged_with: str,
    caption_8b: str,
    caption_16b: str,
    edited: Collection[str] = (),
    added: Collection[str] = (),
    alignment: Alignment = NOT_ALIGNED,
) -> Judgement | None:
    """The judgement that these labels of an image's row are, or were before a person changed options of them.

    None unless their marks are those of these judges, this ontology and these texts. `edited` and `added` are the hashes of
    labels that a person has edited or added, if that is known: the marks cover all labels together, so the others say what
    the judge chose there. Texts that a person has changed and labels that they have removed cannot be reconstructed.
    Single rulings and votes are not in Encord, so they are lost.
    """
    found = {each.feature_hash: each for each in labels}
    answers = [found[each.feature_hash] for each in judge_ontology.judged if each.feature_hash in found]
    seed = [texts.tag, judged_with, judge_ontology.version, *texts.item_uuids]
    required = {judge_ontology.for_8b.feature_hash, judge_ontology.for_16b.feature_hash}
    ours = [answer.label_hash for answer in answers if answer.label_hash not in added]
    if not required <= found.keys() or not ours:
        return None
    salt = ours[0][:SALT_CHARACTERS]
    for each in _candidates(answers, judge_ontology, {*edited, *added}):
        marked = _marked(each, seed, salt)
        if all(answer.label_hash in (mark.label_hash, *added) for answer, mark in zip(answers, marked, strict=True)):
            original = each
            break
    else:
        return None
    return judgement_of_answers(
        tuple(replace(answer, label_hash="") for answer in original),
        tag=texts.tag,
        judge_ontology=judge_ontology,
        caption_8b=caption_8b,
        caption_16b=caption_16b,
        model=ADOPTED,
        prompt_version=judge_prompt_version(alignment),
        judged_with=judged_with,
        spent=Spent(cached_tokens=None, image_tokens=None),
    )


def _candidates(
    answers: Sequence[ClassificationAnswer], judge_ontology: JudgeOntology, theirs: Collection[str]
) -> Iterator[Sequence[ClassificationAnswer]]:
    """What the labels may have said: what they say, then with one option changed, then with more in the labels `theirs`."""
    options = {
        each.feature_hash: each.options for classification in judge_ontology.judged for each in classification.radios
    }
    changes: dict[tuple[int, int], list[ChosenOption]] = {
        (place, number): [
            ChosenOption(option.feature_hash, option.label)
            for option in options.get(given.feature_hash, ())
            if option.feature_hash != given.value.feature_hash
        ]
        for place, answer in enumerate(answers)
        for number, given in enumerate(answer.answers)
        if isinstance(given.value, ChosenOption)
    }
    yield answers
    in_theirs = [slot for slot in changes if answers[slot[0]].label_hash in theirs]
    slots = (
        *((slot,) for slot in changes),
        *(several for count in range(2, len(in_theirs) + 1) for several in combinations(in_theirs, count)),
    )
    candidates = ((chosen, values) for chosen in slots for values in product(*(changes[slot] for slot in chosen)))
    for chosen, values in islice(candidates, MOST_CANDIDATES):
        changed = [list(answer.answers) for answer in answers]
        for (place, number), value in zip(chosen, values, strict=True):
            changed[place][number] = replace(changed[place][number], value=value)
        yield [replace(answer, answers=tuple(given)) for answer, given in zip(answers, changed, strict=True)]


def _marked(
    answers: Sequence[ClassificationAnswer], seed: Sequence[str], salt: str
) -> tuple[ClassificationAnswer, ...]:
    about = [*seed, _content(answers)]
    return tuple(replace(answer, label_hash=_mark(answer, about, salt)) for answer in answers)


def _seed(judgement: Judgement, texts: LinkedTextItems) -> list[str]:
    return [judgement.tag, judgement.judged_with, judgement.ontology_version, *texts.item_uuids]


def _content(answers: Sequence[ClassificationAnswer]) -> Sequence[object]:
    return sorted([answer.feature_hash, sorted(map(_plain, answer.answers))] for answer in answers)


def _mark(answer: ClassificationAnswer, about: Sequence[object], salt: str) -> str:
    return salt + _hash([*about, salt, answer.feature_hash])


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
