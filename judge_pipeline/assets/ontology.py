"""The ontology: what the judge is asked, seen by Dagster as something that people change outside of it."""

import warnings

import dagster as dg

from judge_pipeline.assets.workbench import Workbench

ONTOLOGY = "ontology"

DATA_VERSION = "dagster/data_version"
"""The tag by which Dagster knows the version of what an event is about."""


def _version(context: dg.OpExecutionContext) -> dg.DataVersion:
    """Reads the project once; asks no model."""
    from judge_pipeline.encord_project.project import EncordProject

    workbench: Workbench = context.resources.workbench
    project = EncordProject.open(workbench.connection, workbench.project_hash)
    return dg.DataVersion(workbench.titles.roles_in(project.ontology).version)


with warnings.catch_warnings():
    warnings.simplefilter("ignore", dg.BetaWarning)  # whoever starts Dagster can do nothing about it
    ontology = dg.observable_source_asset(
        name=ONTOLOGY,
        description="The project's ontology in Encord, as far as the judge is asked it. A look at it is taken by every run "
        "that judges, by the sensor `new_images` and by Observe here; judgements made with another one are shown as stale.",
        group_name="judging",
        required_resource_keys={"workbench"},
    )(_version)


def ontology_seen(version: str) -> dg.AssetObservation:
    """That the ontology is at this version now."""
    return dg.AssetObservation(ONTOLOGY, tags={DATA_VERSION: version})


def last_ontology_seen(instance: dg.DagsterInstance) -> str | None:
    """The version of the ontology that Dagster knows of; None before the first look."""
    records = instance.fetch_observations(dg.AssetKey(ONTOLOGY), limit=1).records
    observation = records[0].asset_observation if records else None
    return (observation.tags or {}).get(DATA_VERSION) if observation else None
