"""The button for the pipeline's own project: a Dagster run that asks the judge again about the open image."""

from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import tag_for
from judge_pipeline.domain.workflow import SEED_TITLES, WorkflowTitles
from judge_pipeline.editor_agent.dagster_runs import DagsterRuns, QueuedRun
from judge_pipeline.editor_agent.errors import Conflict
from judge_pipeline.encord_project.connection import Connection
from judge_pipeline.encord_project.frames import Frame
from judge_pipeline.encord_project.project import EncordProject


class Rejudger:
    """Checks the image in Encord and queues its run; blocking and thread-safe."""

    def __init__(self, connection: Connection, runs: DagsterRuns, titles: WorkflowTitles = SEED_TITLES) -> None:
        self._connection = connection
        self._runs = runs
        self._titles = titles

    def rejudge(self, frame: Frame) -> QueuedRun:
        """Queues the run for the open image.

        Raises:
            Conflict: it is not an image, has no captions yet, or is finished. EncordError: it cannot be looked up, or the
            project is paused.
            DagsterUnavailable: Dagster does not accept the run.
        """
        project = EncordProject.open(self._connection, frame.project_hash, self._titles)
        project.check_active()
        row = project.row(frame.data_hash)
        if row is None:
            raise Conflict(f"project {project.title!r} has no image {frame.data_hash}")
        _check(row)
        tag = row.tag or tag_for(project_hash=project.project_hash, item_uuid=row.item_uuid)
        return self._runs.rejudge(tag)


def _check(row: ProjectRow) -> None:
    if not row.is_image:
        raise Conflict(f"{row.title!r} is a caption; open its image and click the button there")
    if row.problem:
        raise Conflict(row.problem)
    if row.kind.is_finished:
        raise Conflict(f"{row.title!r} is in {row.stage}: a person has finished it; reopen it in Encord first")
    if row.kind.is_captioning_stage:
        raise Conflict(f"{row.title!r} is in {row.stage}: it has no captions to judge yet")
