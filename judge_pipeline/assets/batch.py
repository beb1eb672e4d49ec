"""A batch: what earlier runs have made is told to Dagster again, the rest is walked to its end or to its failure."""

from collections.abc import Callable, Sequence

import dagster as dg

from judge_pipeline.assets.batch_outcome import BatchOutcome
from judge_pipeline.assets.bench import open_bench
from judge_pipeline.assets.event_log import EventLog
from judge_pipeline.assets.leasing import Leases
from judge_pipeline.assets.ontology import last_ontology_seen
from judge_pipeline.assets.path_config import PathConfig
from judge_pipeline.assets.shown import shown
from judge_pipeline.assets.spending_tags import tell_spent
from judge_pipeline.assets.tag_path import STEPS
from judge_pipeline.assets.versions import version_tags
from judge_pipeline.assets.walk import Known, Walk, known_values, outdated
from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.domain.form_findings import form_findings
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.store import Store


async def carry(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    workbench: Workbench,
    tags: Sequence[Tag],
    selected: frozenset[str],
    config: PathConfig,
) -> BatchOutcome:
    """Materialises the selected assets of these tags. With nothing left to make it opens nothing and asks nobody.

    Raises:
        EncordUnusable, EndpointUnusable, OntologyMismatch, StoreError: nothing could be begun.
    """
    store = Store.open(workbench.database_url)
    try:
        records = store.project(workbench.project_hash)
        known = known_values(records, tags)
        unfinished = list(tags) if config.refresh else _unfinished(known, tags, selected)
        if "judgements" in selected:
            old = outdated(known, tags, workbench.judged_with, last_ontology_seen(context.instance))
            unfinished = [tag for tag in tags if tag in {*unfinished, *old}]
        with EventLog(context) as log:
            for tag in sorted(set(tags) - set(unfinished)):
                image = known["images"].get(tag)
                for asset in STEPS:
                    if asset in selected:
                        seen = image if isinstance(image, Image) else None
                        value = known[asset][tag]
                        log.materialized(asset, tag, shown(value, seen, workbench, reused=True), version_tags(value))
            if not unfinished:
                return BatchOutcome(tags=len(tags), done=len(tags))
            allowance = workbench.allowance(max_model_calls=config.max_model_calls, max_cost_usd=config.max_cost_usd)
            async with Leases.of(records, holder=context.run_id, has_ended=_has_ended(context.instance)) as leases:
                await leases.take(unfinished)
                async with open_bench(workbench, records, allowance, reopen=config.reopen) as bench:
                    log.ontology_seen(bench.judge_ontology.version)
                    for finding in form_findings(bench.judge_ontology):
                        log.told(finding)
                    walk = Walk(
                        bench,
                        selected=selected,
                        refresh_for=(context.run.root_run_id or context.run_id) if config.refresh else None,
                        leases=leases,
                        log=log,
                        run_id=context.run_id,
                    )
                    try:
                        await walk.carry(unfinished)
                    finally:
                        tell_spent(context, allowance)
        missing = _unfinished(walk.known, unfinished, selected)
        return BatchOutcome(
            tags=len(tags),
            done=len(tags) - len(missing),
            failures=[failure for failure in records.failures(missing) if failure.run_id == context.run_id],
            left=len(walk.left.intersection(missing)),
            stopped=str(walk.stopped) if walk.stopped else None,
            spent=str(allowance),
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
