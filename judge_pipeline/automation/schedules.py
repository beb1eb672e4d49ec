"""The schedule that launches whatever has no judgement yet, the failed included."""

from collections.abc import Iterator

import dagster as dg

from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.automation.batches import batches
from judge_pipeline.automation.finding import judged_tags, missing_tags
from judge_pipeline.automation.jobs import materialize_missing


def materialize_missing_schedule(batch_size: int) -> dg.ScheduleDefinition:
    """Every hour, off until somebody turns it on; runs of at most `batch_size` tags."""

    @dg.schedule(
        name="materialize_missing",
        job=materialize_missing,
        cron_schedule="0 * * * *",
        required_resource_keys={"workbench"},
        description="Launches batched runs for the tags that have no judgement yet, failed ones included.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        from judge_pipeline.encord_project.project import EncordProject

        workbench: Workbench = context.resources.workbench
        board = EncordProject.open(workbench.connection, workbench.project_hash).board()
        keys = context.instance.get_dynamic_partitions(TAGS.name or "")
        missing = set(missing_tags(board, judged_tags(workbench))) & set(keys)
        if not missing:
            yield dg.SkipReason(f"each of {len(keys)} tags is judged, or its image finished by a person or gone")
        for batch in batches(keys, missing, size=batch_size):
            yield dg.RunRequest(run_key=f"{context.scheduled_execution_time}:{batch.first}", tags=batch.run_tags)

    return schedule
