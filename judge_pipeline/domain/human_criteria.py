"""The ontology's own radios and checklists for people: which of them a reviewer can answer without being unblinded. Pure."""

import re
from dataclasses import dataclass

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology, bare_name
from judge_pipeline.domain.ontology import Attribute, AttributeKind, Classification


@dataclass(frozen=True, slots=True)
class CriterionAnswer:
    """An answer as Encord holds it; `options` are feature hashes, times are ISO 8601. None is what Encord does not report."""

    options: frozenset[str]
    answer_hash: str
    created_by: str | None = None
    created_at: str | None = None
    edited_by: str | None = None
    edited_at: str | None = None


def human_criteria(roles: JudgeOntology) -> tuple[Classification, ...]:
    """The radios and checklists that neither the judge nor Final Choice uses and that name no captioner."""
    return tuple(
        each
        for each in roles.unused
        if each.root.kind in {AttributeKind.RADIO, AttributeKind.CHECKLIST}
        and each.root.is_answerable
        and not any(_names_captioner(text, roles) for text in _texts(each.root))
    )


def is_flat(criterion: Classification) -> bool:
    """Whether no option asks for more; the review page offers only these."""
    return not any(option.attributes for option in criterion.root.options)


def is_offered(criterion: Classification, answer: CriterionAnswer | None) -> bool:
    """Whether an image's answer can be changed: not if one of its options has been archived since."""
    return answer is None or answer.options <= {option.feature_hash for option in criterion.root.options}


def _texts(attribute: Attribute) -> list[str]:
    nested = [
        text
        for option in attribute.options
        for text in [option.label, *(text for each in option.attributes for text in _texts(each))]
    ]
    return [attribute.title, *nested]


def _names_captioner(text: str, roles: JudgeOntology) -> bool:
    names = {
        bare_name(name)
        for captioner in Captioner
        for name in (captioner.value, captioner.data_type.value, roles.classification_for(captioner).title)
    }
    is_size = re.search(r"\b(8|16)[ _-]?B(?![^\W_])", text, re.IGNORECASE)
    return is_size is not None or any(name in bare_name(text) for name in names)
