"""Pictures in the state a run leaves them in, made by a few calls: a Dagster run takes five times as long."""

from collections.abc import Mapping, Sequence

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.item_metadata import tag_metadata
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import Attribute, AttributeKind
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.text_item import text_item_title
from judge_pipeline.domain.workflow import AGENT_STAGES
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.model_stub import LARGE, SMALL, caption

MODELS = {Captioner.LLM_8B: SMALL, Captioner.LLM_16B: LARGE}
GRADES = {
    Captioner.LLM_8B: ("Somewhat accurate", "Acceptable"),
    Captioner.LLM_16B: ("Very accurate", "Very good"),
}


def add_judged(trial: Trial, *colours: str, captions: Mapping[str, str] | None = None) -> None:
    """Adds pictures with both captions and the judge's answers, all in Human Review.

    `captions` by colour take the place of what both stub models would say.
    """
    trial.add(*colours)
    project = trial.project
    roles = trial.pipeline.titles.roles_in(project.ontology)
    images = {tag: row for tag, row in project.snapshot().images.items() if _colour(row) in colours}
    project.set_tags(images)
    texts = [
        NewText(
            text_item_title(tag=tag, captioner=captioner),
            tag_metadata(tag, captioner.data_type),
            (captions or {}).get(_colour(row)) or caption(MODELS[captioner], _colour(row)),
        )
        for tag, row in images.items()
        for captioner in Captioner
    ]
    reserved = project.reserve_text_uploads(trial.seed.folder_uuid, len(texts))
    uploads = list(zip(reserved, texts, strict=True))
    project.put_texts(uploads)
    project.register_texts(trial.seed.folder_uuid, uploads)
    linked = project.link_items(trial.seed.dataset_hash, [each.item_uuid for each in reserved]).done
    rows = [*(row.data_hash for row in images.values()), *linked.values()]
    project.initialise_labels(rows)
    project.save_answers({row.data_hash: _ruling(roles, _colour(row)) for row in images.values()})
    assert project.move_tasks(rows, AGENT_STAGES) == {}


def _colour(row: ProjectRow) -> str:
    return row.title.partition(".")[0]


def _ruling(roles: JudgeOntology, colour: str) -> Sequence[ClassificationAnswer]:
    choice = roles.choice_option(Captioner.LLM_16B)
    chosen = AttributeAnswer(
        roles.choice.root.feature_hash, roles.choice.title, ChosenOption(choice.feature_hash, choice.label)
    )
    rubrics = [_rubric(roles, captioner, colour) for captioner in Captioner]
    return [*rubrics, ClassificationAnswer(roles.choice.feature_hash, roles.choice.title, (chosen,))]


def _rubric(roles: JudgeOntology, captioner: Captioner, colour: str) -> ClassificationAnswer:
    classification = roles.classification_for(captioner)
    available = classification.root.options[0]
    grades = iter(GRADES[captioner])
    nested = [
        _chosen(attribute, next(grades))
        if attribute.kind is AttributeKind.RADIO
        else AttributeAnswer(attribute.feature_hash, attribute.title, f"Say more of the {colour}.")
        for attribute in available.attributes
    ]
    answers = (_chosen(classification.root, available.label), *nested)
    return ClassificationAnswer(classification.feature_hash, classification.title, answers)


def _chosen(radio: Attribute, label: str) -> AttributeAnswer:
    (option,) = (option for option in radio.options if option.label == label)
    return AttributeAnswer(radio.feature_hash, radio.title, ChosenOption(option.feature_hash, label))
