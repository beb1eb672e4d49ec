"""The ontology defines the criteria: the next judgements follow what people change in Encord."""

from collections.abc import Callable

from encord.objects import OntologyStructure
from encord.objects.attributes import RadioAttribute
from encord.objects.options import NestableOption

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline_tests.engine.encord_state import image_row, labels
from judge_pipeline_tests.engine.trial import Trial, message_of
from judge_pipeline_tests.model_stub import JUDGE


def change_ontology(trial: Trial, how: Callable[[OntologyStructure], None]) -> None:
    """Changes the project's ontology through the SDK, as Encord's ontology editor does."""
    ontology = trial.seed.client().get_ontology(trial.seed.ontology_hash)
    how(ontology.structure)
    ontology.save()


def available_option(structure: OntologyStructure, captioner: Captioner) -> NestableOption:
    root = structure.get_child_by_title(captioner.value, RadioAttribute)
    return next(option for option in root.options if option.label == "Answer available")


def add_criterion(structure: OntologyStructure, title: str, *, count: int = 3) -> None:
    for captioner in Captioner:
        radio = available_option(structure, captioner).add_nested_attribute(RadioAttribute, title, required=True)
        for grade in range(count):
            radio.add_option(f"{title} {grade}")


def rename_best_quality(structure: OntologyStructure) -> None:
    for captioner in Captioner:
        quality = available_option(structure, captioner).get_child_by_title("Quality Score", RadioAttribute)
        quality.options[-1].label = "Excellent"


def judgement(trial: Trial, colour: str) -> Judgement:
    tag = trial.tags[colour]
    with trial.pipeline.open_store() as store:
        return {str(key): value for key, value in store.results("judgements", Judgement).items()}[tag]


def test_an_added_criterion_is_asked_scored_and_written(trial: Trial) -> None:
    trial.add_finished("red")
    change_ontology(trial, lambda structure: add_criterion(structure, "Humour"))
    trial.add("green")
    assert trial.materialize("green").success
    written = labels(image_row(trial.seed, "green")) or {}
    assert [written[captioner.value]["Humour"] for captioner in Captioner] == ["Humour 1", "Humour 2"]
    before, after = judgement(trial, "red"), judgement(trial, "green")
    assert {score.criterion for score in after.scores} - {score.criterion for score in before.scores} == {"Humour"}
    assert before.ontology_version != after.ontology_version


def test_a_renamed_option_is_offered_and_written_under_its_new_name(trial: Trial) -> None:
    change_ontology(trial, rename_best_quality)
    trial.add("red")
    assert trial.materialize().success
    assert (labels(image_row(trial.seed, "red")) or {})["LLM 16B"]["Quality Score"] == "Excellent"


def test_a_rubric_too_large_for_one_question_is_asked_in_parts_and_written_whole(trial: Trial) -> None:
    """13 more criteria of 50 grades for each caption: 1,320 options, of which strict mode takes 1,000."""

    def add_many(structure: OntologyStructure) -> None:
        for number in range(13):
            add_criterion(structure, f"Criterion {number}", count=50)

    change_ontology(trial, add_many)
    trial.add("red")
    run = trial.materialize()
    assert run.success
    assert trial.models.count(JUDGE) == 2 * 2
    written = labels(image_row(trial.seed, "red")) or {}
    assert [len(written[captioner.value]) for captioner in Captioner] == [17, 17]
    assert len({score.criterion for score in judgement(trial, "red").scores}) == 15
    messages = [entry.user_message for entry in trial.instance.all_logs(run.run_id)]
    assert any("it is asked in parts, one call each" in message for message in messages)


def test_a_renamed_role_stops_the_run_before_any_model_call(trial: Trial) -> None:
    def rename(structure: OntologyStructure) -> None:
        structure.get_child_by_title("LLM 16B", RadioAttribute).name = "The other one"

    change_ontology(trial, rename)
    trial.add("red")
    assert "has no classification 'LLM 16B'" in message_of(trial.materialize())
    assert trial.models.calls == []
