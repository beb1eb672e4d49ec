"""Scores: the criteria that apply to both captions, and each caption's score in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from judge_pipeline.domain.answer_codec.form import distinct
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import ChosenOption, ClassificationAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology, bare_name
from judge_pipeline.domain.ontology import Attribute, AttributeKind


@dataclass(frozen=True, slots=True)
class Criterion:
    """A radio asked about both captions, with the same number of options, listed from worst to best."""

    title: str
    for_8b: Attribute
    for_16b: Attribute

    def attribute_for(self, captioner: Captioner) -> Attribute:
        """The radio under this captioner's classification."""
        return self.for_8b if captioner is Captioner.LLM_8B else self.for_16b


@dataclass(frozen=True, slots=True)
class Score:
    """The judge's answer to one criterion about one caption: the `position`-th (0 is worst) of `count` options."""

    captioner: Captioner
    criterion: str
    label: str
    position: int
    count: int


@lru_cache(maxsize=8)
def criteria(judge_ontology: JudgeOntology) -> tuple[Criterion, ...]:
    """The radios at the same place under both captioners that have the same number of options, two or more.

    Options are assumed to be listed from worst to best ("Very poor" ... "Very good"); their wording is not examined.
    """
    rivals = dict(_nested_radios(judge_ontology.for_16b.root))
    pairs = [(one, rivals[place]) for place, one in _nested_radios(judge_ontology.for_8b.root) if place in rivals]
    scored = [(one, other) for one, other in pairs if len(one.options) == len(other.options) > 1]
    titles = distinct([one.title for one, _ in scored])
    return tuple(Criterion(title, one, other) for title, (one, other) in zip(titles, scored, strict=True))


def scores_in(answer: ClassificationAnswer, judge_ontology: JudgeOntology, captioner: Captioner) -> tuple[Score, ...]:
    """The scores in this answer about this captioner's caption, in the ontology's order."""
    found = (_score(answer, criterion, captioner) for criterion in criteria(judge_ontology))
    return tuple(score for score in found if score is not None)


def _score(answer: ClassificationAnswer, criterion: Criterion, captioner: Captioner) -> Score | None:
    attribute = criterion.attribute_for(captioner)
    hashes = [option.feature_hash for option in attribute.options]
    for given in answer.answers:
        value = given.value
        if (
            given.feature_hash == attribute.feature_hash
            and isinstance(value, ChosenOption)
            and value.feature_hash in hashes
        ):
            position = hashes.index(value.feature_hash)
            return Score(captioner, criterion.title, value.label, position, len(hashes))
    return None


def _nested_radios(root: Attribute, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Attribute]]:
    labels = distinct([bare_name(option.label) for option in root.options])
    for option, label in zip(root.options, labels, strict=True):
        titles = distinct([bare_name(attribute.title) for attribute in option.attributes])
        for attribute, title in zip(option.attributes, titles, strict=True):
            here = (*place, label, title)
            if attribute.kind is AttributeKind.RADIO:
                yield here, attribute
                yield from _nested_radios(attribute, here)
