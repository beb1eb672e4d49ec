"""The report: which captioner the judge prefers, and how sure that is, as one HTML file and as numbers."""

import json
from datetime import UTC, datetime

import dagster as dg

from judge_pipeline.assets.known_outcomes import outcomes_of
from judge_pipeline.assets.whole_files import write_whole
from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.domain.image import Image
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
    write_whole(file, page)
    write_whole(file.with_suffix(".json"), json.dumps(numbers.to_json(), indent=2, ensure_ascii=False))
    return dg.MaterializeResult(metadata={**numbers.to_metadata(), "page": dg.MetadataValue.path(file)})


def report_of(records: ProjectStore) -> Report:
    """The report on everything that the store knows of a project."""
    return Report(outcomes_of(records))
