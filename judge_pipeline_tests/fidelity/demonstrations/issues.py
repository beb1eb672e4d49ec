"""Issues: comments on data units and on labels."""

from encord import Project
from encord.issues.issue_client import TaskIssues

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import World


def issues_are_stored_and_deleted(show: Show, world: World) -> None:
    issues = world.new_task().issues
    show(TaskIssues.add_file_issue, issues, "a comment", ["a tag"])
    show(TaskIssues.add_frame_issue, issues, 0, "a comment", [])
    show(TaskIssues.add_coordinate_issue, issues, 0, 0.5, 0.5, "a comment", [])
    show(TaskIssues.add_annotation_issue, issues, "annotation", "a comment", [])
    kept = show(TaskIssues.list, issues)
    assert [issue.type.value for issue in kept] == ["dataUnit", "frame", "frameCoordinate", "annotation"]
    show(TaskIssues.delete, issues, [issue.uuid for issue in kept])
    assert list(issues.list()) == []


def there_are_no_scenes(show: Show, world: World) -> None:
    show.refused(TaskIssues.add_scene_coordinate_issue, world.new_task().issues, 0, 0.5, 0.5, 0.5, "a comment", [])


def tags_are_linked_to_a_project(show: Show, world: World) -> None:
    project = world.project
    show(Project.add_issue_tags, project, ["blurred"])
    assert [tag.name for tag in show(Project.get_issue_tags, project)] == ["blurred"]
