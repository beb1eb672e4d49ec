"""The sensor that finds new images in the Encord project."""

import dagster as dg

from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.automation.batches import batches
from judge_pipeline.automation.finding import new_tags
from judge_pipeline.automation.jobs import materialize_missing

SECONDS_BETWEEN_LOOKS = 60


def new_images_sensor(batch_size: int) -> dg.SensorDefinition:
    """Adds a partition for each new image and asks for runs of at most `batch_size` tags.

    It is off until somebody turns it on, because its runs call models that may cost money.
    """

    @dg.sensor(
        name="new_images",
        job=materialize_missing,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        required_resource_keys={"workbench"},
        description="Looks for images that have no Tag partition yet, adds them and launches batched runs.",
    )
    def new_images(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        from judge_pipeline.encord_project.project import EncordProject

        workbench: Workbench = context.resources.workbench
        board = EncordProject.open(workbench.connection, workbench.project_hash).board()
        new = new_tags(board, context.instance.get_dynamic_partitions(TAGS.name or ""))
        if not new.all:
            return dg.SkipReason(f"no new image among {len(board.images)}")
        return dg.SensorResult(
            dynamic_partitions_requests=[TAGS.build_add_request(new.all)],
            run_requests=[
                dg.RunRequest(run_key=f"{batch.first}:{batch.last}", tags=batch.run_tags)
                for batch in batches(new.all, new.to_run, size=batch_size)
            ],
        )

    return new_images
