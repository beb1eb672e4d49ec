"""The SDK's workflow as a `Workflow`, and whether the project's status lets runs work."""

from encord.orm.project import ProjectStatus
from encord.project import Project
from encord.workflow.stages.agent import AgentStage
from encord.workflow.stages.final import FinalStage
from encord.workflow.stages.review import ReviewStage
from encord.workflow.workflow import WorkflowStage

from judge_pipeline.domain.workflow import Pathway, Stage, StageType, Workflow, WorkflowMismatch, WorkflowTitles
from judge_pipeline.encord_project.errors import ProjectInactive, ProjectMismatch

INACTIVE = frozenset({ProjectStatus.PAUSED, ProjectStatus.CANCELLED, ProjectStatus.ARCHIVED})
"""People have stopped the work. Not among them is `completed`, because images may be added and refreshed later."""


def inactive_reason(project: Project) -> str | None:
    """Why no run may work on the project, by its status when it was last read; None if runs may."""
    if project.status not in INACTIVE:
        return None
    return (
        f"project {project.title!r} is {project.status.value} in Encord, so no run works on it and no model is called; "
        "set its status to in progress there, then launch the run again"
    )


def check_active(project: Project) -> None:
    """Raises `ProjectInactive` with the reason, if there is one."""
    if reason := inactive_reason(project):
        raise ProjectInactive(reason)


def read_workflow(project: Project, titles: WorkflowTitles) -> Workflow:
    """The project's workflow as it was when the project was opened; costs no request.

    Raises:
        ProjectMismatch: a stage or a pathway that the pipeline needs is not found.
    """
    try:
        return workflow_of(project, titles)
    except WorkflowMismatch as error:
        raise ProjectMismatch(f"the workflow of project {project.title!r} does not fit: {error}") from None


def workflow_of(project: Project, titles: WorkflowTitles) -> Workflow:
    """The same; raises the domain's `WorkflowMismatch`, whose message names no project."""
    return Workflow.of([_stage(stage) for stage in project.workflow.stages], titles)


def _stage(stage: WorkflowStage) -> Stage:
    uuid = str(stage.uuid)
    if isinstance(stage, AgentStage):
        pathways = (Pathway(str(way.uuid), way.name, str(way.destination_uuid)) for way in stage.pathways)
        return Stage(uuid, stage.title, StageType.AGENT, tuple(pathways))
    if isinstance(stage, ReviewStage):
        return Stage(uuid, stage.title, StageType.REVIEW)
    return Stage(uuid, stage.title, StageType.FINAL if isinstance(stage, FinalStage) else StageType.OTHER)
