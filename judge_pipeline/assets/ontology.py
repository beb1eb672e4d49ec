"""The ontology: what the judge is asked, seen by Dagster as something that people change outside of it."""

import warnings

import dagster as dg

from judge_pipeline.dagster_events.data_versions import ONTOLOGY
from judge_pipeline.engine.resources import PipelineResources


def _version(context: dg.OpExecutionContext) -> dg.DataVersion:
    """Reads the project once; asks no model."""
    from judge_pipeline.encord_project.project import EncordProject

    pipeline: PipelineResources = context.resources.pipeline
    project = EncordProject.open(pipeline.connection, pipeline.project_hash)
    return dg.DataVersion(pipeline.titles.roles_in(project.ontology).version)


with warnings.catch_warnings():
    warnings.simplefilter("ignore", dg.BetaWarning)  # whoever starts Dagster can do nothing about it
    ontology = dg.observable_source_asset(
        name=ONTOLOGY,
        description="The project's ontology in Encord, as far as the judge is asked it. A look at it is taken by every run "
        "that judges, by the sensor `new_images` and by Observe here; judgements made with another one are shown as stale.",
        group_name="judging",
        required_resource_keys={"pipeline"},
    )(_version)
