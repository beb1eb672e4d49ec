"""Checks of all tags together, shown on the assets' pages: caption limits, texts linked once, share judged, order flips."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import dagster as dg

from judge_pipeline.assets.report import report_of
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.statistics import Share
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.report import Report
from judge_pipeline.store.store import Store

JUDGED_SHARE = 0.95
"""Below it more has failed than single bad images, of which one in a hundred is usual."""

FLIP_RATE = 0.35
"""What GPT-4 reached on MT-bench without examples: 65% of its choices survived the other order (arXiv:2306.05685)."""

EXAMPLES_SHOWN = 10

NOTHING_YET = "nothing to check yet"

SPECS = [
    *(
        dg.AssetCheckSpec(
            "within_limits",
            asset=captioner.asset_name,
            description="No caption has more words than the present limit allows; those made under another one are told of.",
        )
        for captioner in Captioner
    ),
    dg.AssetCheckSpec(
        "linked_once",
        asset="linked_text_items",
        description="Every image has exactly one text item of each captioner beside it in Encord, and no Tag is used twice.",
    ),
    dg.AssetCheckSpec(
        "judged_share",
        asset="judgements",
        description=f"At least {JUDGED_SHARE:.0%} of the images that were begun have a judgement.",
    ),
    dg.AssetCheckSpec(
        "order_flips",
        asset="judgements",
        description="The judge does not choose otherwise too often when the captions are shown the other way round: the 95% "
        f"interval of the share reaches down to {FLIP_RATE:.0%}.",
    ),
]


@dg.multi_asset_check(specs=SPECS, can_subset=True, required_resource_keys={"pipeline"})
def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Reads the store, and Encord's rows once; asks no model. A run of some assets plans their checks alone."""
    pipeline: PipelineResources = context.resources.pipeline
    store = Store.open(pipeline.database_url)
    try:
        records = store.project(pipeline.project_hash)
        report = report_of(records)
        linked = records.results("linked_text_items", LinkedTextItems)
    finally:
        store.close()
    results = [
        *(within_limits(report, captioner, max_words=pipeline.caption_max_words) for captioner in Captioner),
        _linked_once(pipeline, linked),
        judged_share(report),
        order_flips(report),
    ]
    asked_for = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
    yield from (result for result in results if (result.asset_key, result.check_name) in asked_for)


def within_limits(report: Report, captioner: Captioner, *, max_words: int) -> dg.AssetCheckResult:
    """A longer caption is a warning: it was fine when it was made, and a refresh makes it anew."""
    words = [
        (len(caption.text.split()), outcome.title)
        for outcome in report.outcomes
        if (caption := outcome.caption_of(captioner)) is not None
    ]
    over = [f"{title}: {count} words" for count, title in words if count > max_words]
    return _result(
        "within_limits",
        captioner.asset_name,
        passed=not over,
        told=f"{len(over)} of {len(words)} captions have more than {max_words} words" if words else NOTHING_YET,
        metadata={"captions": len(words), "longest": max(words)[0] if words else 0, **_examples(over)},
    )


def linked_once(snapshot: ProjectSnapshot, linked: Iterable[Tag]) -> dg.AssetCheckResult:
    """A missing or doubled text is an error: what people see beside the image is not what was judged."""
    there = [tag for tag in linked if tag in snapshot.images]
    missing = [
        f"{snapshot.images[tag].title}: no {captioner.data_type}"
        for tag in there
        for captioner in Captioner
        if (tag, captioner) not in snapshot.texts
    ]
    problems = [*snapshot.conflicts.values(), *missing]
    return _result(
        "linked_once",
        "linked_text_items",
        passed=not problems,
        severity=dg.AssetCheckSeverity.ERROR,
        told=f"{len(problems)} problems among {len(there)} images" if there or problems else NOTHING_YET,
        metadata={"images": len(there), **_examples(problems)},
    )


def judged_share(report: Report) -> dg.AssetCheckResult:
    """A warning: what failed is named on its partitions' pages."""
    share = Share(len(report.judgements), len(report.outcomes))
    return _of_share("judged_share", share, "judged", passed=share.value is None or share.value >= JUDGED_SHARE)


def order_flips(report: Report) -> dg.AssetCheckResult:
    """A warning once it is sure: the judge then prefers a place rather than a caption."""
    share = report.order_flips
    passed = share.interval is None or share.interval.low <= FLIP_RATE
    return _of_share("order_flips", share, "judged otherwise in the other order", passed=passed)


def _linked_once(pipeline: PipelineResources, linked: Iterable[Tag]) -> dg.AssetCheckResult:
    from judge_pipeline.encord_project.errors import EncordError
    from judge_pipeline.encord_project.project import EncordProject

    try:
        snapshot = EncordProject.open(pipeline.connection, pipeline.project_hash).snapshot()
    except EncordError as error:
        return _result("linked_once", "linked_text_items", passed=False, told=f"could not be checked: {error}")
    return linked_once(snapshot, linked)


def _of_share(name: str, share: Share, what: str, *, passed: bool) -> dg.AssetCheckResult:
    if share.value is None or share.interval is None:
        return _result(name, "judgements", passed=True, told=NOTHING_YET)
    low, high = share.interval.low, share.interval.high
    told = (
        f"{share.count} of {share.total} images are {what}, {share.value:.1%} (95% interval: {low:.1%} to {high:.1%})"
    )
    return _result(name, "judgements", passed=passed, told=told, metadata={"share": share.value, "images": share.total})


def _result(
    name: str,
    asset: str,
    *,
    passed: bool,
    told: str,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.WARN,
    metadata: dict[str, Any] | None = None,
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name, asset_key=asset, passed=passed, severity=severity, description=told, metadata=metadata
    )


def _examples(problems: Sequence[str]) -> dict[str, Any]:
    shown = [f"- {visible_line(problem)}" for problem in problems[:EXAMPLES_SHOWN]]
    return {"examples": dg.MetadataValue.md("\n".join(shown))} if shown else {}
