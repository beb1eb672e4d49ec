"""The ontology: the judge's questions, which people change in Encord; Dagster observes its version."""

import warnings

import dagster as dg

from judge_pipeline.dagster_events.data_versions import ONTOLOGY
from judge_pipeline.engine.resources import PipelineResources


def _version(pipeline: dg.ResourceParam[PipelineResources]) -> dg.DataVersion:
    """Reads the project once; no model is called."""
    return dg.DataVersion(pipeline.titles.roles_in(pipeline.open_project().ontology).version)


with warnings.catch_warnings():
    warnings.simplefilter("ignore", dg.BetaWarning)  # the user who starts Dagster can do nothing about it
    ontology = dg.observable_source_asset(
        name=ONTOLOGY,
        description="The part of the project's ontology in Encord that the judge answers. Every run that judges observes it, "
        "as do the sensor `new_images` and Observe on this page; judgements made with another version are shown as stale.",
        group_name="judging",
    )(_version)
