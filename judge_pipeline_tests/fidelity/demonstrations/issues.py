"""Issues: comments on data units, which no part of the pipeline writes or reads."""

from encord.issues.issue_client import TaskIssues

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import World


def issues_are_not_imitated(show: Show, world: World) -> None:
    issues = world.new_task().issues
    show.refused(TaskIssues.list, issues)
    show.refused(TaskIssues.add_file_issue, issues, "a comment", [])
    show.refused(TaskIssues.add_frame_issue, issues, 0, "a comment", [])
    show.refused(TaskIssues.add_coordinate_issue, issues, 0, 0.5, 0.5, "a comment", [])
    show.refused(TaskIssues.add_annotation_issue, issues, "annotation", "a comment", [])
    show.refused(TaskIssues.add_scene_coordinate_issue, issues, 0, 0.5, 0.5, 0.5, "a comment", [])
    show.refused(TaskIssues.delete, issues, [world.seed.folder_uuid])
