"""Corrections: what a person has answered in the place of the judge's labels, and on which criteria it is their word. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.judge_mark import saved_answer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judgement import Judgement, is_available
from judge_pipeline.domain.score import Score, criteria, scores_in
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems


@dataclass(frozen=True, slots=True)
class FoundLabel:
    """A label of one of the judge's classifications, as found on a row.

    `is_by_hand` is Encord's flag, which the judge's labels do not have; `is_edited` says that another user than its creator
    has edited it last. `at` is the time of the last edit, UTC in ISO 8601.
    """

    answer: ClassificationAnswer
    is_by_hand: bool = False
    is_edited: bool = False
    at: str | None = None

    @property
    def is_persons(self) -> bool:
        """Whether Encord says that a person has made or edited it."""
        return self.is_by_hand or self.is_edited


@dataclass(frozen=True, slots=True)
class Correction:
    """A judge's label that a person has edited, or has replaced by one of their own.

    `answer` is all that the label says. `corrected` holds the feature hashes of the attributes that are the person's word:
    those that they have changed, or all of them if they made the label. It is None if the judge's own answers are not known.
    `scores` are those of the criteria among them. `given_for` are the storage items of the captions it is about, 8B first;
    empty if these were replaced before it was first read, None if not known. `is_choice` says that it answers which caption
    is better, with `choice` for the captioner that it names. `is_available` is False if the person says that the caption is
    not an answer.
    """

    answer: ClassificationAnswer
    corrected: tuple[str, ...] | None
    scores: tuple[Score, ...] = ()
    given_for: tuple[str, ...] | None = None
    captioner: Captioner | None = None
    is_choice: bool = False
    choice: Captioner | None = None
    is_available: bool = True
    at: str | None = None

    def is_given_for(self, texts: tuple[str, ...] | None) -> bool:
        """Whether it is about the captions in these storage items, 8B first; None means that no captions are linked yet."""
        return self.given_for is None or (texts is not None and self.given_for == _about(texts, self.captioner))

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """The title and the text of each answer that is the person's word."""
        return tuple(
            (each.title, each.text) for each in self.answer.answers if each.feature_hash in (self.corrected or ())
        )

    @property
    def summary(self) -> str:
        """What the person says, on one line."""
        words = ", ".join(self.said(title, text) for title, text in self.words)
        return words or ("edited" if self.corrected is None else "an answer removed")

    def said(self, title: str, text: str) -> str:
        """An answer with the title of its attribute, unless that is the label's."""
        return text if title == self.answer.title else f"{title}: {text}"


@dataclass(frozen=True, slots=True)
class Corrections:
    """All corrected labels of one image."""

    tag: Tag
    labels: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class KnownLabels:
    """What is known of an image's judge labels: the judgement, the texts it was saved with, and earlier corrections."""

    judgement: Judgement | None = None
    texts: LinkedTextItems | None = None
    corrections: Corrections | None = None

    def is_persons(self, found: FoundLabel) -> bool:
        """Whether a person has made or edited a label, also if they use the pipeline's own account."""
        if found.is_persons or self._earlier(found) is not None:
            return True
        saved = self._saved(found)
        return saved is not None and bool(_differing(saved, found.answer))

    def is_new(self, found: FoundLabel) -> bool:
        """Whether a label is a person's, and it is not yet known for which captions."""
        earlier = self._earlier(found)
        is_known = earlier is not None and (earlier.answer, earlier.at) == (found.answer, found.at)
        return not is_known and self.is_persons(found)

    def updated(
        self,
        found: Sequence[FoundLabel],
        tag: Tag,
        roles: JudgeOntology,
        *,
        texts: tuple[str, ...],
        texts_since: datetime | None = None,
    ) -> Corrections | None:
        """The corrections among the labels of a row, next to the captions in `texts`; None if there are none.

        `texts_since` is when the newer caption was created, if a label may be older.
        """
        labels = [
            self._correction(label, roles, texts=texts, texts_since=texts_since)
            for label in found
            if self.is_persons(label)
        ]
        labels = [label for label in labels if label.corrected != ()]  # edited back to what the judge says
        return Corrections(tag, tuple(labels)) if labels else None

    def _correction(
        self, found: FoundLabel, roles: JudgeOntology, *, texts: tuple[str, ...], texts_since: datetime | None
    ) -> Correction:
        earlier = self._earlier(found)
        if earlier is not None and (earlier.answer, earlier.at) == (found.answer, found.at):
            if earlier.corrected is not None or self._saved(found) is None:
                return earlier
            given_for = earlier.given_for
        else:
            captioner = _captioner(found.answer, roles)
            is_older = texts_since and found.at and datetime.fromisoformat(found.at) < texts_since
            given_for = () if is_older else _about(texts, captioner)
        corrected = self._corrected(found, earlier)
        captioner = _captioner(found.answer, roles)
        is_choice = found.answer.feature_hash == roles.choice.feature_hash
        chosen = found.answer.answers[0].value if is_choice and found.answer.answers else None
        return Correction(
            answer=found.answer,
            corrected=corrected,
            scores=_scores(found.answer, roles, captioner, corrected or ()),
            given_for=given_for,
            captioner=captioner,
            is_choice=is_choice,
            choice=roles.read_choice(chosen.label) if isinstance(chosen, ChosenOption) else None,
            is_available=captioner is None or not corrected or is_available(found.answer, roles, captioner),
            at=found.at,
        )

    def _corrected(self, found: FoundLabel, earlier: Correction | None) -> tuple[str, ...] | None:
        everything = tuple(each.feature_hash for each in found.answer.answers)
        if found.is_by_hand or len(everything) == 1:
            return everything
        if earlier is not None and earlier.corrected is not None:
            return tuple(dict.fromkeys((*earlier.corrected, *_differing(earlier.answer, found.answer))))
        saved = self._saved(found)
        return None if saved is None else _differing(saved, found.answer)

    def _earlier(self, found: FoundLabel) -> Correction | None:
        labels = self.corrections.labels if self.corrections else ()
        return next((each for each in labels if each.answer.label_hash == found.answer.label_hash), None)

    def _saved(self, found: FoundLabel) -> ClassificationAnswer | None:
        """The judge's own answer that was saved as this label; None if it is unknown."""
        if self.judgement is None or self.texts is None:
            return None
        return saved_answer(self.judgement, self.texts, found.answer)


def _captioner(answer: ClassificationAnswer, roles: JudgeOntology) -> Captioner | None:
    """The captioner whose caption a label is about; None if it is about both."""
    return next((c for c in Captioner if roles.classification_for(c).feature_hash == answer.feature_hash), None)


def _about(texts: tuple[str, ...], captioner: Captioner | None) -> tuple[str, ...] | None:
    """The storage items of the captions that a label is about; None if a caption is missing."""
    if len(texts) < len(Captioner):
        return None
    return texts if captioner is None else (dict(zip(Captioner, texts, strict=True))[captioner],)


def _scores(
    answer: ClassificationAnswer, roles: JudgeOntology, captioner: Captioner | None, corrected: Sequence[str]
) -> tuple[Score, ...]:
    if captioner is None:
        return ()
    theirs = {each.title for each in criteria(roles) if each.attribute_for(captioner).feature_hash in corrected}
    return tuple(score for score in scores_in(answer, roles, captioner) if score.criterion in theirs)


def _differing(before: ClassificationAnswer, now: ClassificationAnswer) -> tuple[str, ...]:
    """The attributes that one of the two answers otherwise than the other, or alone."""
    one, other = ({each.feature_hash: _content(each) for each in answer.answers} for answer in (before, now))
    return tuple(each for each in {**other, **one} if one.get(each) != other.get(each))


def _content(answer: AttributeAnswer) -> object:
    match answer.value:
        case ChosenOption(feature_hash=chosen):
            return chosen
        case tuple() as options:
            return frozenset(option.feature_hash for option in options)
        case plain:
            return plain
