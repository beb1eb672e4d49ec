"""Final Choices are read with the judge's opinion in one request; tasks are approved and reopened together."""

from encord.objects.attributes import RadioAttribute

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline_tests.engine.people import approve, choose, reject
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.review.judged import GRADES, add_judged

READING = "POST projects/{project}/label-rows/classifications"
ACTIONS = "POST projects/{project}/workflow/stages/{stage}/actions"


def images(project: EncordProject) -> dict[str, ProjectRow]:
    return {row.title.partition(".")[0]: row for row in project.snapshot().images.values()}


def test_answers_and_opinions_of_many_rows_take_one_request(trial: Trial, project: EncordProject) -> None:
    add_judged(trial, "red", "green")
    choose(trial, "red", "LLM-8B")
    rows, roles = images(project), JudgeOntology.of(project.ontology)
    trial.reset_request_counts()
    found = project.final_choices.read(rows.values(), roles)
    assert trial.requests() == {READING: 1}
    red, green = found[rows["red"].data_hash], found[rows["green"].data_hash]
    assert red.answer is not None
    assert (red.answer.label, red.answer.choice) == ("LLM-8B", Captioner.LLM_8B)
    assert green.answer is None
    assert red.opinion == green.opinion
    assert red.opinion.choice is Captioner.LLM_16B
    for captioner, (correctness, quality) in GRADES.items():
        grades = (("Correctness Score", correctness), ("Quality Score", quality))
        assert red.opinion.grades_of(captioner) == grades


def test_unjudged_rows_have_no_opinion(trial: Trial, project: EncordProject) -> None:
    trial.add("red", "green")
    rows = images(project)
    project.initialise_labels([rows["red"].data_hash])
    found = project.final_choices.read(images(project).values(), JudgeOntology.of(project.ontology))
    assert set(found) == {rows["red"].data_hash}
    assert not found[rows["red"].data_hash].opinion.is_there


def test_an_option_that_was_archived_since_keeps_its_name(trial: Trial, project: EncordProject) -> None:
    add_judged(trial, "red")
    ontology = trial.seed.client().get_ontology(trial.seed.ontology_hash)
    ontology.structure.get_child_by_title("Final Choice", type_=RadioAttribute).add_option("Both alike")
    ontology.save()
    choose(trial, "red", "Both alike")
    found = project.final_choices.read(images(project).values(), JudgeOntology.of(project.ontology))
    (labels,) = found.values()
    assert labels.answer is not None
    assert (labels.answer.label, labels.answer.choice) == ("Both alike", None)


def test_a_task_approved_by_someone_else_does_not_block_the_others(trial: Trial, project: EncordProject) -> None:
    """The bundle is refused as a whole; then each task is approved on its own."""
    add_judged(trial, "red", "green")
    hashes = [row.data_hash for row in images(project).values()]
    trial.inject_fault(match="POST .*/actions", status=400)
    assert project.approve(hashes) == {}
    assert {row.stage for row in images(project).values()} == {"Complete"}
    trial.reset_request_counts()
    assert project.approve(hashes) == {}
    assert ACTIONS not in trial.requests()


def test_only_completed_tasks_return_to_review(trial: Trial, project: EncordProject) -> None:
    """A person's rejection is not undone."""
    add_judged(trial, "red", "green", "blue")
    approve(trial, "red")
    reject(trial, "green")
    project.reopen_for_review([row.data_hash for row in images(project).values()])
    stages = {colour: row.stage for colour, row in images(project).items()}
    assert stages == {"red": "Human Review", "green": "Archive", "blue": "Human Review"}


def test_an_image_deleted_after_it_was_listed_hides_no_other_choice(trial: Trial, project: EncordProject) -> None:
    add_judged(trial, "red", "green")
    choose(trial, "green", "LLM-8B")
    rows, roles = images(project), JudgeOntology.of(project.ontology)
    red = trial.seed.client().get_storage_item(rows["red"].item_uuid)
    trial.seed.client().get_storage_folder(trial.seed.folder_uuid).delete_storage_items([red.uuid])
    assert set(project.final_choices.answers(rows.values(), roles)) == {rows["green"].data_hash}
