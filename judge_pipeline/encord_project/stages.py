"""The SDK's workflow as a `Workflow`."""

from encord.project import Project
from encord.workflow.stages.agent import AgentStage
from encord.workflow.stages.final import FinalStage
from encord.workflow.stages.review import ReviewStage
from encord.workflow.workflow import WorkflowStage

from judge_pipeline.domain.workflow import Pathway, Stage, StageType, Workflow, WorkflowMismatch, WorkflowTitles
from judge_pipeline.encord_project.errors import ProjectMismatch


def read_workflow(project: Project, titles: WorkflowTitles) -> Workflow:
    """The project's workflow as it was when the project was opened; costs no request.

    Raises:
        ProjectMismatch: a stage or a pathway that the pipeline needs is not found.
    """
    try:
        return Workflow.of([_stage(stage) for stage in project.workflow.stages], titles)
    except WorkflowMismatch as error:
        raise ProjectMismatch(f"the workflow of project {project.title!r} does not fit: {error}") from None


def _stage(stage: WorkflowStage) -> Stage:
    uuid = str(stage.uuid)
    if isinstance(stage, AgentStage):
        pathways = (Pathway(str(way.uuid), way.name, str(way.destination_uuid)) for way in stage.pathways)
        return Stage(uuid, stage.title, StageType.AGENT, tuple(pathways))
    if isinstance(stage, ReviewStage):
        return Stage(uuid, stage.title, StageType.REVIEW)
    return Stage(uuid, stage.title, StageType.FINAL if isinstance(stage, FinalStage) else StageType.OTHER)
