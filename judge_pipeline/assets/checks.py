"""The checks, about all tags together: caption limits, texts linked once, share judged, order flips, judge-human agreement."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import dagster as dg

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.pipeline_names import PipelineNames
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.statistics import Share
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.domain.word_count import count_words
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.engine.own_rows import index_added_rows, indexed_rows
from judge_pipeline.engine.read_report import read_report
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.export_gate import describe_kappa, export_block_reason, judge_people_kappa
from judge_pipeline.reporting.report import Report

JUDGED_SHARE = 0.95
"""Below it more has failed than single bad images, of which one in a hundred is usual."""

FLIP_RATE = 0.35
"""What GPT-4 reached on MT-bench without examples: 65% of its choices survived the other order (arXiv:2306.05685)."""

EXAMPLES_SHOWN = 10

NOTHING_YET = "nothing to check yet"

AGREEMENT = "judge_agrees_with_people"


def check_specs(names: PipelineNames) -> list[dg.AssetCheckSpec]:
    """The checks of all tags together."""
    return [
        *(
            dg.AssetCheckSpec(
                "within_limits",
                asset=names.asset(captioner.asset_name),
                description="No caption has more words than the present limit allows, including those made under another limit.",
            )
            for captioner in Captioner
        ),
        dg.AssetCheckSpec(
            "linked_once",
            asset=names.asset("linked_text_items"),
            description="Every image has exactly one text item of each captioner next to it in Encord, and no Tag is used twice.",
        ),
        dg.AssetCheckSpec(
            "judged_share",
            asset=names.asset("judgements"),
            description=f"At least {JUDGED_SHARE:.0%} of the images that were started have a judgement.",
        ),
        dg.AssetCheckSpec(
            "order_flips",
            asset=names.asset("judgements"),
            description="The judge does not change its choice too often when the captions swap places: the lower end of the share's "
            f"95% interval is at most {FLIP_RATE:.0%}.",
        ),
    ]


def tag_checks(names: PipelineNames) -> dg.AssetChecksDefinition:
    """Reads the store, and for `linked_once` Encord's rows; no model is called. A run of some assets makes only their checks."""

    @dg.multi_asset_check(
        name=names.of("checks"), specs=check_specs(names), can_subset=True, required_resource_keys={names.resource}
    )
    def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        pipeline = PipelineResources.of(context, names)
        with pipeline.open_store() as store:
            report = read_report(pipeline, store)
            linked = store.tags_with("linked_text_items")
        makers: dict[tuple[str, str], Callable[[], dg.AssetCheckResult]] = {
            ("linked_text_items", "linked_once"): lambda: _linked_once(pipeline, linked),
            ("judgements", "judged_share"): lambda: judged_share(report),
            ("judgements", "order_flips"): lambda: order_flips(report),
        } | {
            (captioner.asset_name, "within_limits"): partial(
                within_limits, report, captioner, max_words=pipeline.caption_max_words
            )
            for captioner in Captioner
        }
        for key in context.selected_asset_check_keys:
            yield _of_asset(key.asset_key, makers[key.asset_key.path[-1], key.name]())

    return checks


def agreement_check(names: PipelineNames) -> dg.AssetChecksDefinition:
    """Reads the store; calls neither Encord nor a model."""

    @dg.asset_check(
        name=AGREEMENT,
        asset=names.asset("report"),
        blocking=True,
        description="Cohen's kappa between the present judge and people, on drawn images that they decided blind: the lower end of "
        "its 95% interval is at least JUDGE_PIPELINE_MIN_KAPPA, on 30 images or more. Otherwise nothing is exported; without the "
        "setting, this check passes.",
        required_resource_keys={names.resource},
    )
    def judge_agrees_with_people(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        pipeline = PipelineResources.of(context, names)
        with pipeline.open_store() as store:
            kappa = judge_people_kappa(read_report(pipeline, store).opinions)
        reason = export_block_reason(kappa, min_kappa=pipeline.min_kappa)
        result = _result(
            AGREEMENT,
            "report",
            passed=reason is None,
            severity=dg.AssetCheckSeverity.ERROR,
            description=reason or f"{describe_kappa(kappa)}; exports are allowed",
            metadata={"images": kappa.n, **({} if kappa.value is None else {"kappa": kappa.value})},
        )
        return _of_asset(dg.AssetKey(names.asset("report")), result)

    return judge_agrees_with_people


def _of_asset(asset: dg.AssetKey, result: dg.AssetCheckResult) -> dg.AssetCheckResult:
    """The result under the asset's full key."""
    return dg.AssetCheckResult(
        check_name=result.check_name,
        asset_key=asset,
        passed=result.passed,
        severity=result.severity,
        description=result.description,
        metadata=result.metadata,
    )


def within_limits(report: Report, captioner: Captioner, *, max_words: int) -> dg.AssetCheckResult:
    """A longer caption is a warning: it was within the limit when it was made, and a refresh makes it again."""
    words = [
        (count_words(caption.text), outcome.title)
        for outcome in report.outcomes
        if (caption := outcome.caption_of(captioner)) is not None
    ]
    over = [f"{title}: {count} words" for count, title in words if count > max_words]
    return _result(
        "within_limits",
        captioner.asset_name,
        passed=not over,
        description=f"{len(over)} of {len(words)} captions have more than {max_words} words" if words else NOTHING_YET,
        metadata={"captions": len(words), "longest": max(words)[0] if words else 0, **_examples(over)},
    )


def linked_once(snapshot: ProjectSnapshot, linked: Iterable[Tag]) -> dg.AssetCheckResult:
    """A missing or doubled text is an error: people see something other than what was judged."""
    checked = [tag for tag in linked if tag in snapshot.images]
    missing = [
        f"{snapshot.images[tag].title}: no {captioner.data_type}"
        for tag in checked
        for captioner in Captioner
        if (tag, captioner) not in snapshot.texts
    ]
    problems = [*snapshot.conflicts.values(), *missing]
    return _result(
        "linked_once",
        "linked_text_items",
        passed=not problems,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{len(problems)} problems among {len(checked)} images" if checked or problems else NOTHING_YET,
        metadata={"images": len(checked), **_examples(problems)},
    )


def judged_share(report: Report) -> dg.AssetCheckResult:
    """A warning, because each failure is named on its partition's page."""
    share = Share(len(report.judgements), len(report.outcomes))
    return _of_share("judged_share", share, "judged", passed=share.value is None or share.value >= JUDGED_SHARE)


def order_flips(report: Report) -> dg.AssetCheckResult:
    """A warning once it is certain that the judge prefers a position over a caption."""
    share = report.order_flips
    passed = share.interval is None or share.interval.low <= FLIP_RATE
    return _of_share("order_flips", share, "judged differently in the other order", passed=passed)


def _linked_once(pipeline: PipelineResources, linked: Iterable[Tag]) -> dg.AssetCheckResult:
    try:
        project = pipeline.open_project()
        recent = pipeline.recent.rows if pipeline.recent else ()
        with pipeline.open_store() as store:
            if not recent:
                index_added_rows(project, store)
            snapshot = project.snapshot_of(indexed_rows(project, store, store.row_index.all_tags(), recent))
    except EncordError as error:
        return _result("linked_once", "linked_text_items", passed=False, description=f"could not be checked: {error}")
    return linked_once(snapshot, linked)


def _of_share(name: str, share: Share, what: str, *, passed: bool) -> dg.AssetCheckResult:
    if share.value is None or share.interval is None:
        return _result(name, "judgements", passed=True, description=NOTHING_YET)
    low, high = share.interval.low, share.interval.high
    return _result(
        name,
        "judgements",
        passed=passed,
        description=f"{share.count} of {share.total} images are {what}: {share.value:.1%} (95% CI {low:.1%} to {high:.1%})",
        metadata={"share": share.value, "images": share.total},
    )


def _result(
    name: str,
    asset: str,
    *,
    passed: bool,
    description: str,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.WARN,
    metadata: dict[str, Any] | None = None,
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name, asset_key=asset, passed=passed, severity=severity, description=description, metadata=metadata
    )


def _examples(problems: Sequence[str]) -> dict[str, Any]:
    lines = [f"- {visible_line(problem)}" for problem in problems[:EXAMPLES_SHOWN]]
    return (
        {"examples": dg.MetadataValue.text("\n".join(lines))} if lines else {}
    )  # a title in Markdown can load a picture
