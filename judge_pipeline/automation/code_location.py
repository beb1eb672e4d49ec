"""Everything that Dagster shows: the assets, checks, jobs, sensors and schedules of one pipeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import dagster as dg

from judge_pipeline.assets.checks import agreement_check, tag_checks
from judge_pipeline.assets.exports import export_assets
from judge_pipeline.assets.final_choices import final_choices_asset
from judge_pipeline.assets.ontology import ontology_asset
from judge_pipeline.assets.report import report_asset
from judge_pipeline.assets.tag_assets import tag_assets
from judge_pipeline.automation.digests import digests_sensor
from judge_pipeline.automation.final_choices import final_choices_sensor, read_final_choices_job
from judge_pipeline.automation.killed_runs import killed_runs_sensor
from judge_pipeline.automation.materialize_missing import materialize_missing_job, materialize_missing_schedule
from judge_pipeline.automation.model_batches import continue_waiting_job, model_batches_sensor
from judge_pipeline.automation.new_images import new_images_sensor
from judge_pipeline.automation.prune import prune_job, prune_schedule
from judge_pipeline.automation.register_images import register_images_job
from judge_pipeline.automation.report_after_runs import report_after_runs_sensor, write_report_job
from judge_pipeline.automation.retry_failed import retry_failed_job, retry_failed_schedule
from judge_pipeline.automation.support.lost_runs import HeartbeatTable
from judge_pipeline.automation.support.notifier import NO_RECEIVERS, Notifier
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames


@dataclass(frozen=True, slots=True)
class DefinitionFacts:
    """What the settings say about the assets, for Dagster's pages: metadata by asset's name, and of all; owners of all."""

    by_asset: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    of_all: Mapping[str, Any] = field(default_factory=dict)
    owners: Sequence[str] = ()

    def of(self, spec: dg.AssetSpec) -> dict[str, Any]:
        """The metadata of one asset."""
        return {**self.by_asset.get(spec.key.path[-1], {}), **self.of_all}


NO_FACTS = DefinitionFacts()


def code_location(
    pipeline: object,
    *,
    batch_size: int,
    judged_with: str | None = None,
    notifier: Notifier = NO_RECEIVERS,
    webserver_url: str | None = None,
    report_hours: float | None = None,
    retention_days: float = 30,
    names: PipelineNames = UNPREFIXED,
    facts: DefinitionFacts = NO_FACTS,
    heartbeats: HeartbeatTable | None = None,
) -> dg.Definitions:
    """The definitions; `pipeline` is `PipelineResources`, or a resource definition that makes one in each process.

    Digests go to `notifier`, with links to Dagster's pages at `webserver_url`. Dagster shows judgements as stale unless
    they were made with `judged_with`, and a report as overdue after `report_hours`. The job `prune` deletes
    what is older than `retention_days`. A run whose heartbeat has stopped in `heartbeats` is ended.
    """
    report = report_asset(names)
    assets = [
        ontology_asset(names),
        tag_assets(batch_size, judged_with=judged_with, names=names),
        final_choices_asset(names),
        report if report_hours is None else _fresh_for(report, report_hours),
        *export_assets(names),
    ]

    def describe(spec: dg.AssetSpec) -> dg.AssetSpec:
        described = spec.merge_attributes(metadata=facts.of(spec), owners=facts.owners)
        return described.replace_attributes(group_name=names.group)

    return dg.Definitions(
        assets=[asset.map_asset_specs(describe) for asset in assets],
        asset_checks=[tag_checks(names), agreement_check(names)],
        jobs=[
            materialize_missing_job(names),
            continue_waiting_job(names),
            retry_failed_job(names),
            register_images_job(names),
            read_final_choices_job(names),
            write_report_job(names),
            prune_job(retention_days, names),
        ],
        sensors=[
            new_images_sensor(batch_size, names=names),
            final_choices_sensor(names),
            report_after_runs_sensor(names),
            digests_sensor(notifier, webserver_url=webserver_url, names=names),
            killed_runs_sensor(names, heartbeats),
            model_batches_sensor(pipeline, database_url=heartbeats.database_url if heartbeats else None, names=names),
        ],
        schedules=[
            materialize_missing_schedule(batch_size, names),
            retry_failed_schedule(names),
            prune_schedule(names),
        ],
        resources={names.resource: pipeline},
        executor=dg.in_process_executor,
    )


def _fresh_for(report: dg.AssetsDefinition, hours: float) -> dg.AssetsDefinition:
    policy = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=hours))
    return report.map_asset_specs(lambda spec: dg.apply_freshness_policy(spec, policy))
