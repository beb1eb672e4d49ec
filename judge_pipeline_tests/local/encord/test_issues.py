"""Issues: comments on data units and labels, by people and programs."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from encord.exceptions import AuthorisationError, InvalidArgumentsError
from encord.issues.issue_client import AnnotationIssue, CoordinateIssue, FileIssue, IssueFrameRange, TaskIssues
from encord.workflow import AgentStage, ReviewStage

from judge_pipeline_tests.local.encord.labelling import answer
from judge_pipeline_tests.seed_project import SeedProject


@pytest.fixture
def task(seed: SeedProject, photographs: list[Path]) -> Any:
    """The task of an image."""
    seed.add_images(photographs[:1])
    return next(iter(seed.project().workflow.get_stage(name="LLM1", type_=AgentStage).get_tasks()))


def test_issues_are_read_back_with_author_tags_and_anchor(seed: SeedProject, task: Any) -> None:
    task.issues.add_file_issue("blurred", ["quality"])
    task.issues.add_coordinate_issue(0, 0.25, 0.5, "what is this", [])
    task.issues.add_annotation_issue("fxKphQot", "wrong option", [], [IssueFrameRange(start=0, end=0)])
    whole, point, label = task.issues.list()
    assert isinstance(whole, FileIssue)
    assert [(comment.content, comment.author_email) for comment in whole.comments] == [("blurred", seed.server.email)]
    assert [tag.name for tag in whole.tags] == ["quality"]
    assert isinstance(point, CoordinateIssue)
    assert (point.coordinate.x, point.coordinate.y) == (0.25, 0.5)
    assert isinstance(label, AnnotationIssue)
    assert (label.annotation_id, label.frame_ranges) == ("fxKphQot", [IssueFrameRange(start=0, end=0)])


def test_a_deleted_issue_is_gone_and_cannot_be_deleted_again(task: Any) -> None:
    task.issues.add_file_issue("first", [])
    task.issues.add_file_issue("second", [])
    first, _ = task.issues.list()
    task.issues.delete([first.uuid])
    assert [issue.comments[0].content for issue in task.issues.list()] == ["second"]
    (second,) = task.issues.list()
    with pytest.raises(AuthorisationError):
        task.issues.delete([second.uuid, first.uuid])
    assert len(list(task.issues.list())) == 1


def test_the_comment_on_a_rejected_label_becomes_an_issue(seed: SeedProject, task: Any) -> None:
    project = seed.project()
    row = project.list_label_rows_v2()[0]
    row.initialise_labels()
    label = answer(row, "Final Choice", "LLM-8B")
    row.save()
    review = project.workflow.get_stage(name="Human Review", type_=ReviewStage)
    task.move(destination_stage_uuid=review.uuid)
    waiting = next(iter(review.get_tasks()))
    next(iter(waiting.get_label_reviews())).reject(comment="look again", issue_tags=["odd"])
    (issue,) = waiting.issues.list()
    assert isinstance(issue, AnnotationIssue)
    assert (issue.annotation_id, issue.comments[0].content) == (label.classification_hash, "look again")
    assert [tag.name for tag in issue.tags] == ["odd"]


def test_issues_are_deleted_with_their_data_unit(seed: SeedProject, task: Any) -> None:
    task.issues.add_file_issue("blurred", [])
    dataset = seed.client().get_dataset(seed.dataset_hash)
    dataset.delete_data(str(task.data_hash))
    assert list(task.issues.list()) == []
    with pytest.raises(AuthorisationError, match="has no data unit"):
        task.issues.add_file_issue("too late", [])


def test_an_issue_in_a_scene_is_refused(task: Any) -> None:
    with pytest.raises(InvalidArgumentsError, match="no scenes"):
        task.issues.add_scene_coordinate_issue(0, 0.5, 0.5, 0.5, "above", [])


def test_issue_tags_are_linked_to_a_project_by_name(seed: SeedProject) -> None:
    project = seed.project()
    assert list(project.get_issue_tags()) == []
    project.add_issue_tags(["odd", "blurred", "odd"])
    project.add_issue_tags(["blurred"])
    tags = {tag.name: tag.uuid for tag in project.get_issue_tags()}
    assert sorted(tags) == ["blurred", "odd"]
    other = seed.client().get_project(seed.client().create_project("Other", []))
    other.add_issue_tags(["odd"])
    assert [tag.uuid for tag in other.get_issue_tags()] == [tags["odd"]]


def test_issues_of_a_project_that_is_not_shared_are_not_shown(seed: SeedProject, task: Any) -> None:
    stranger = seed.server.another_user("stranger@example.com").client()
    issues = TaskIssues(stranger._api_client, project_uuid=UUID(seed.project_hash), data_uuid=task.data_hash)
    with pytest.raises(AuthorisationError):
        list(issues.list())
    with pytest.raises(AuthorisationError):
        issues.add_file_issue("mine", [])
