"""The report: which captioner the judge prefers, and how sure that is, as one HTML file and as numbers."""

import json
from datetime import UTC, datetime

import dagster as dg

from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.reporting.numbers import Report
from judge_pipeline.reporting.page import render_page
from judge_pipeline.store.store import ProjectStore, Store


@dg.asset(
    description="Which captioner the judge prefers and how sure that is: one HTML file, and the same numbers as metadata and JSON.",
    group_name="reporting",
    kinds={"html"},
    deps=["judgements", "final_choices"],
    required_resource_keys={"workbench"},
)
def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Reads all tags from the store; asks neither Encord nor a model."""
    workbench: Workbench = context.resources.workbench
    store = Store.open(workbench.database_url)
    try:
        records = store.project(workbench.project_hash)
        numbers = report_of(records)
        thumbnails = {tag: image.thumbnail for tag, image in records.results("images", Image).items()}
    finally:
        store.close()
    page = render_page(
        numbers, project_title=workbench.project_hash, generated_at=datetime.now(UTC), thumbnails=thumbnails
    )
    file = workbench.report_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
    file.with_suffix(".json").write_text(json.dumps(numbers.to_json(), indent=2, ensure_ascii=False), encoding="utf-8")
    return dg.MaterializeResult(metadata={**numbers.to_metadata(), "page": dg.MetadataValue.path(file)})


def report_of(records: ProjectStore) -> Report:
    """The report on everything that the store knows of a project."""
    return Report.of(
        images=records.results("images", Image),
        captions_8b=records.results("captions_8b", Caption),
        captions_16b=records.results("captions_16b", Caption),
        judgements=records.results("judgements", Judgement),
        failures=records.failures(),
    )
