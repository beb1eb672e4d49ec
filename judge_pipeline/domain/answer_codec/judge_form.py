"""The form that the judge fills in: both captions' rubrics, other classifications, and the choice last."""

from judge_pipeline.domain.answer_codec.form import Field, fields_for
from judge_pipeline.domain.blinding import Blinding
from judge_pipeline.domain.ontology import Attribute, AttributeKind, Option

CAPTION_KEYS = ("caption_a", "caption_b")
JUDGE_CHOICE_KEY = "choice"


def judge_fields(blinding: Blinding) -> tuple[Field, ...]:
    """All fields in the order of answering: the rubrics come before the choice that follows from them."""
    first = blinding.shown_first
    rubrics = (blinding.judge_ontology.classification_for(captioner).root for captioner in (first, first.other))
    return (
        *(Field(key, rubric, is_required=True) for key, rubric in zip(CAPTION_KEYS, rubrics, strict=True)),
        *other_fields(blinding),
        Field(JUDGE_CHOICE_KEY, _choice(blinding), is_required=True),
    )


def other_fields(blinding: Blinding) -> tuple[Field, ...]:
    """One field for each of the ontology's other classifications, in their order."""
    roots = [other.root for other in blinding.judge_ontology.others]
    return fields_for(roots, shown=blinding.hide, taken=(*CAPTION_KEYS, JUDGE_CHOICE_KEY))


def _choice(blinding: Blinding) -> Attribute:
    """The choice without nested attributes: what the ontology nests under its options is left to humans.

    The options have the captioners' names, which the blinding turns into Caption A and Caption B.
    """
    captioners = (blinding.shown_first, blinding.shown_first.other)
    return Attribute(
        feature_hash=JUDGE_CHOICE_KEY,
        title=JUDGE_CHOICE_KEY,
        kind=AttributeKind.RADIO,
        required=True,
        options=tuple(Option(captioner.value, captioner.value) for captioner in captioners),
    )
