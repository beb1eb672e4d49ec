"""Classifications for people in a trial's ontology, and what Encord holds of them."""

from collections.abc import Sequence
from typing import TypeVar

from encord.objects import Classification, OntologyStructure
from encord.objects.attributes import ChecklistAttribute, RadioAttribute, TextAttribute

from judge_pipeline.domain.human_criteria import human_criteria
from judge_pipeline_tests.engine.encord_state import encord_state, image_row
from judge_pipeline_tests.engine.people import open_row
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.review.judged import add_judged
from judge_pipeline_tests.review.reviewed import Reviewed

Kind = TypeVar("Kind", RadioAttribute, ChecklistAttribute)


def add_human_criteria(trial: Trial) -> None:
    """A radio and a checklist that the page offers, one that is nested, and two that it must not show."""
    ontology = trial.seed.client().get_ontology(trial.seed.ontology_hash)
    _add(ontology.structure, RadioAttribute, "Difficulty", ("Easy", "Hard"))
    _add(ontology.structure, ChecklistAttribute, "Errors", ("Invented", "Missing", "Wrong count"))
    style = _add(ontology.structure, RadioAttribute, "Style", ("Plain", "Other"))
    style.options[1].add_nested_attribute(TextAttribute, "Which")
    _add(ontology.structure, RadioAttribute, "Second opinion", ("LLM-8B", "LLM-16B"))
    ontology.structure.add_classification().add_attribute(TextAttribute, "Remarks")
    ontology.save()


def add_judged_with_criteria(trial: Trial, *colours: str) -> None:
    """Judged pictures in a project with these classifications."""
    add_human_criteria(trial)
    add_judged(trial, *colours)


def _add(structure: OntologyStructure, kind: type[Kind], title: str, options: Sequence[str]) -> Kind:
    attribute = structure.add_classification().add_attribute(kind, title)
    for option in options:
        attribute.add_option(option)
    return attribute


def picked(reviewed: Reviewed, **answers: Sequence[str]) -> dict[str, list[str]]:
    """As the page sends them: options by criterion, each by feature hash."""
    found = {each.title: each for each in human_criteria(reviewed.writer().roles)}
    return {
        found[title].feature_hash: [o.feature_hash for o in found[title].root.options if o.label in labels]
        for title, labels in answers.items()
    }


def answer_in_encord(trial: Trial, colour: str, title: str, *labels: str) -> None:
    """A person answers a criterion in Encord's editor in the place of what is there; without labels they remove it."""
    row = open_row(trial, colour)
    for instance in list(row.get_classification_instances()):
        if instance.classification_name == title:
            row.remove_classification(instance)
    if labels:
        classification = row.ontology_structure.get_child_by_title(title, type_=Classification)
        attribute = classification.attributes[0]
        assert isinstance(attribute, RadioAttribute | ChecklistAttribute)
        options = [each for each in attribute.options if each.label in labels]
        instance = classification.create_instance()
        instance.set_for_frames(0)
        instance.set_answer(options if isinstance(attribute, ChecklistAttribute) else options[0], attribute)
        row.add_classification_instance(instance)
    row.save()


def criteria_in_encord(reviewed: Reviewed, colour: str) -> dict[str, list[str]]:
    """The labels of the chosen options by criterion."""
    labels = encord_state(reviewed.trial.seed)[colour]["labels"]
    found = {title: labels[title][title] for title in ("Difficulty", "Errors") if title in labels}
    return {
        title: sorted(each if isinstance(each, str) else each.label for each in ([a] if isinstance(a, str) else a))
        for title, a in found.items()
    }


def authors(reviewed: Reviewed, colour: str) -> dict[str, tuple[object, ...]]:
    """Who gave each label, and when, by classification."""
    row = image_row(reviewed.trial.seed, colour)
    noted = {each.classification_name: each.get_annotation() for each in row.get_classification_instances()}
    return {title: (each.created_by, each.created_at) for title, each in noted.items()}
