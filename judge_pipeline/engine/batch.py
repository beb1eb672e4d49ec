"""A batch: what earlier runs have made is told to Dagster again, the rest is walked to its end or to its failure."""

from collections.abc import Callable, Sequence

import dagster as dg

from judge_pipeline.dagster_events.batch_outcome import BatchOutcome
from judge_pipeline.dagster_events.data_versions import last_ontology_version, version_tags
from judge_pipeline.dagster_events.event_log import EventLog
from judge_pipeline.dagster_events.metadata import partition_metadata
from judge_pipeline.dagster_events.run_tags import record_spending
from judge_pipeline.domain.answer_codec.form_findings import form_findings
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.batch_config import BatchConfig
from judge_pipeline.engine.batch_context import open_batch
from judge_pipeline.engine.batch_runner import BatchRunner, Known, known_values, outdated
from judge_pipeline.engine.leases import Leases
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.store import Store


async def carry(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    pipeline: PipelineResources,
    tags: Sequence[Tag],
    selected: frozenset[str],
    config: BatchConfig,
) -> BatchOutcome:
    """Materialises the selected assets of these tags. With nothing left to make it opens nothing and asks nobody.

    Raises:
        EncordUnusable, EndpointUnusable, OntologyMismatch, StoreError: nothing could be begun.
    """
    store = Store.open(pipeline.database_url)
    try:
        records = store.project(pipeline.project_hash)
        known = known_values(records, tags)
        unfinished = list(tags) if config.refresh else _unfinished(known, tags, selected)
        if "judgements" in selected:
            old = outdated(known, tags, pipeline.judged_with, last_ontology_version(context.instance))
            unfinished = [tag for tag in tags if tag in {*unfinished, *old}]
        with EventLog(context) as log:
            for tag in sorted(set(tags) - set(unfinished)):
                image = known["images"].get(tag)
                for asset in ASSET_TYPES:
                    if asset in selected:
                        seen = image if isinstance(image, Image) else None
                        value = known[asset][tag]
                        log.materialized(
                            asset,
                            tag,
                            partition_metadata(value, seen, item_url=pipeline.item_url, reused=True),
                            version_tags(value),
                        )
            if not unfinished:
                return BatchOutcome(tags=len(tags), done=len(tags))
            spending_limits = pipeline.spending_limits(
                max_model_calls=config.max_model_calls, max_cost_usd=config.max_cost_usd
            )
            async with Leases.of(records, holder=context.run_id, has_ended=_has_ended(context.instance)) as leases:
                await leases.take(unfinished)
                async with open_batch(pipeline, records, spending_limits, reopen=config.reopen) as batch:
                    log.ontology_seen(batch.judge_ontology.version)
                    for finding in form_findings(batch.judge_ontology):
                        log.warn(finding)
                    walk = BatchRunner(
                        batch,
                        selected=selected,
                        refresh_for=(context.run.root_run_id or context.run_id) if config.refresh else None,
                        leases=leases,
                        log=log,
                        run_id=context.run_id,
                    )
                    try:
                        await walk.carry(unfinished)
                    finally:
                        record_spending(
                            context,
                            calls=spending_limits.calls,
                            cost_usd=spending_limits.spent.cost_usd,
                            summary=str(spending_limits),
                        )
        missing = _unfinished(walk.known, unfinished, selected)
        return BatchOutcome(
            tags=len(tags),
            done=len(tags) - len(missing),
            failures=[failure for failure in records.failures(missing) if failure.run_id == context.run_id],
            left=len(walk.left.intersection(missing)),
            stopped=str(walk.stopped) if walk.stopped else None,
            spent=str(spending_limits),
        )
    finally:
        store.close()


def _unfinished(known: Known, tags: Sequence[Tag], selected: frozenset[str]) -> list[Tag]:
    return [tag for tag in tags if any(tag not in known[asset] for asset in selected)]


def _has_ended(instance: dg.DagsterInstance) -> Callable[[str], bool]:
    def has_ended(run_id: str) -> bool:
        run = instance.get_run_by_id(run_id)
        return run is not None and run.is_finished

    return has_ended
