"""The ontology: the judge's questions, which people change in Encord; Dagster observes its version."""

import warnings

import dagster as dg

from judge_pipeline.dagster_events.data_versions import ONTOLOGY
from judge_pipeline.domain.pipeline_names import PipelineNames
from judge_pipeline.engine.resources import PipelineResources


def ontology_asset(names: PipelineNames) -> dg.AssetsDefinition:
    """Observing it reads the project once; no model is called."""
    spec = dg.AssetSpec(
        names.asset(ONTOLOGY),
        description="The part of the project's ontology in Encord that the judge answers. Every run that judges observes it, "
        f"as do the sensor `{names.of('new_images')}` and Observe on this page; judgements made with another version are shown "
        "as stale.",
        kinds={"encord"},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # the user who starts Dagster can do nothing about it

        @dg.multi_observable_source_asset(  # type: ignore[untyped-decorator]
            specs=[spec], name=names.of(ONTOLOGY), required_resource_keys={names.resource}
        )
        def ontology(context: dg.AssetExecutionContext) -> dg.ObserveResult:
            pipeline = PipelineResources.of(context, names)
            version = pipeline.titles.roles_in(pipeline.open_project().ontology).version
            return dg.ObserveResult(asset_key=spec.key, data_version=dg.DataVersion(version))

    observed: dg.AssetsDefinition = ontology
    return observed
