"""The report: which captioner is better, how far the judge can be trusted, and how sure all that is."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from judge_pipeline.engine.atomic_files import write_whole
from judge_pipeline.engine.project_words import project_words
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.metric import Table
from judge_pipeline.reporting.page import forest_svg, render_page
from judge_pipeline.reporting.report import Report
from judge_pipeline.reporting.thumbnails import shrink_to_fit
from judge_pipeline.store.outcomes import outcomes_of
from judge_pipeline.store.store import ProjectStore, Store

SHOWN_TABLES = ("counts", "confusion", "gaps", "spent")
"""Those that the asset's page shows; the report has all."""


@dg.asset(
    description="Which captioner is better and how far the judge can be trusted: one HTML file, and the same numbers as metadata "
    "and JSON.",
    group_name="reporting",
    kinds={"html"},
    deps=["judgements", "final_choices"],
    required_resource_keys={"pipeline"},
)
def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Reads all tags from the store, and from Encord what people call the project and its grades; asks no model."""
    pipeline: PipelineResources = context.resources.pipeline
    numbers = write_report(pipeline, pipeline.report_file)
    plot = base64.b64encode(forest_svg(numbers).encode()).decode()
    tables = {table.name: table for section in numbers.sections for table in section.tables}
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(pipeline.report_file),
            "win rates": dg.MetadataValue.md(f"![](data:image/svg+xml;base64,{plot})"),
            **{name: _shown(tables[name]) for name in SHOWN_TABLES if name in tables},
            **numbers.to_metadata(),
        }
    )


def write_report(pipeline: PipelineResources, file: Path) -> Report:
    """Writes the page to `file` and the numbers beside it as JSON; each is there whole or as it was before."""
    words = project_words(pipeline)
    store = Store.open(pipeline.database_url)
    try:
        numbers = Report(outcomes_of(store.project(pipeline.project_hash)), words.grades)
    finally:
        store.close()
    thumbnails = {outcome.tag: outcome.image.thumbnail for outcome in numbers.outcomes if outcome.image}
    page = render_page(
        numbers,
        project_title=words.title,
        generated_at=datetime.now(UTC),
        thumbnails=shrink_to_fit(thumbnails),
        editor_url=pipeline.item_url(""),
    )
    write_whole(file, page)
    write_whole(file.with_suffix(".json"), json.dumps(numbers.to_json(), indent=2, ensure_ascii=False))
    return numbers


def report_of(records: ProjectStore) -> Report:
    """The report on everything that the store knows of a project."""
    return Report(outcomes_of(records))


def _shown(table: Table) -> dg.TableMetadataValue:
    columns = [column or " " for column in table.columns]
    return dg.MetadataValue.table([dg.TableRecord(dict(zip(columns, row, strict=True))) for row in table.rows])
