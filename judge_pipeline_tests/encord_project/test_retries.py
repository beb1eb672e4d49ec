"""Outside of runs, calls to Encord are retried for some seconds, and each change is made once."""

import time
from datetime import UTC, datetime

import pytest

from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.encord_project.errors import EncordUnavailable
from judge_pipeline.encord_project.final_choices import new_answer_hash
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.retries import poll
from judge_pipeline_tests.engine.people import choose
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.review.judged import add_judged

READING_LABELS = "POST projects/{project}/label-rows/classifications"
SAVING = "v1 POST labelrow$"
APPROVING = "POST .*/actions"
BRINGING_BACK = "POST .*/move-tasks"


def only_image(project: EncordProject) -> ProjectRow:
    (row,) = project.snapshot().images.values()
    return row


@pytest.mark.parametrize(("status", "when"), [(503, "before"), (503, "after"), ("reset", "after")])
def test_each_step_of_a_review_has_one_effect_although_its_response_is_lost(
    trial: Trial, project: EncordProject, status: int | str, when: str
) -> None:
    add_judged(trial, "red")
    roles, image = JudgeOntology.of(project.ontology), only_image(project)
    option = roles.final_choice.root.options[0]

    def fails_once(match: str) -> None:
        trial.inject_fault(match=match, status=status, when=when)

    fails_once(SAVING)
    texts = project.snapshot().texts.values()
    answer_hash = new_answer_hash()
    assert (
        project.final_choices.write(image, texts, option, roles, answer_hash=answer_hash, at=datetime.now(UTC)) is None
    )
    assert project.final_choices.answers([image], roles)[image.data_hash].label == option.label
    fails_once(APPROVING)
    assert project.approve([image.data_hash]) == {}
    assert only_image(project).stage == "Complete"
    fails_once(BRINGING_BACK)
    project.reopen_for_review([image.data_hash])
    assert only_image(project).stage == "Human Review"
    fails_once(SAVING)
    assert project.final_choices.remove(image, option.label, roles) is None
    assert project.final_choices.answers([image], roles) == {}
    assert all(fault["done"] for fault in trial.faults())


def test_reads_are_retried(trial: Trial, project: EncordProject) -> None:
    add_judged(trial, "red")
    choose(trial, "red", "LLM-8B")
    roles = JudgeOntology.of(project.ontology)
    for match in ("v1 GET labelrowmetadata", READING_LABELS, "POST storage/items/get-bulk"):
        trial.inject_fault(match=match.replace("{", r"\{"), status=503)
    image = only_image(project)
    assert project.final_choices.answers([image], roles)[image.data_hash].label == "LLM-8B"
    assert project.download_files([image])[image.item_uuid]
    assert all(fault["done"] for fault in trial.faults())


def test_a_long_retry_after_is_raised_at_once(trial: Trial, project: EncordProject) -> None:
    """A sensor has a minute, and a reviewer watches."""
    trial.inject_fault(match="v1 GET labelrowmetadata", status=429, retry_after=3600)
    began = time.monotonic()
    with pytest.raises(EncordUnavailable, match="returned a rate limit while listing the project's rows"):
        project.snapshot()
    assert time.monotonic() - began < 10


def test_the_third_failure_is_raised(trial: Trial, project: EncordProject) -> None:
    trial.inject_fault(match="v1 GET labelrowmetadata", status=503, times=4)
    with pytest.raises(EncordUnavailable):
        project.snapshot()
    assert [fault["met"] for fault in trial.faults()] == [3]


def test_a_poll_ends_when_its_condition_holds_and_at_its_timeout() -> None:
    values = iter(range(100))
    assert poll(lambda: next(values), until=lambda value: value == 3, timeout_seconds=10, interval_seconds=0.0) == 3
    assert poll(lambda: "no", until=lambda value: value == "yes", timeout_seconds=0.05, interval_seconds=0.01) == "no"
