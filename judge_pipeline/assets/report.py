"""The report: which captioner is better, how far the judge can be trusted, and how certain both are."""

import base64

import dagster as dg

from judge_pipeline.assets.output_links import link_metadata
from judge_pipeline.domain.pipeline_names import PipelineNames
from judge_pipeline.engine.output_files import OutputUnwritable
from judge_pipeline.engine.report_files import write_report
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.metric import Table
from judge_pipeline.reporting.page import forest_svg

TABLES_IN_METADATA = ("counts", "confusion", "gaps", "spent")
"""The asset's page shows these; the report has all."""


def report_asset(names: PipelineNames) -> dg.AssetsDefinition:
    """Reads all tags from the store, and the project's titles from Encord; no model is called."""

    @dg.asset(
        key=names.asset("report"),
        description="Which captioner is better and how far the judge can be trusted: one HTML file, and the same numbers as "
        "metadata and JSON.",
        kinds={"html"},
        deps=[names.asset("judgements"), names.asset("final_choices")],
        required_resource_keys={names.resource},
    )
    def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        return _write(PipelineResources.of(context, names))

    return report


def _write(pipeline: PipelineResources) -> dg.MaterializeResult[None]:
    try:
        numbers = write_report(pipeline, pipeline.report_file)
    except OutputUnwritable as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    plot = base64.b64encode(forest_svg(numbers).encode()).decode()
    tables = {table.name: table for section in numbers.sections for table in section.tables}
    return dg.MaterializeResult(
        metadata={
            **link_metadata("page", pipeline, pipeline.report_file.name),
            "win rates": dg.MetadataValue.md(f"![](data:image/svg+xml;base64,{plot})"),
            **{name: _table(tables[name]) for name in TABLES_IN_METADATA if name in tables},
            **numbers.to_metadata(),
        }
    )


def _table(table: Table) -> dg.TableMetadataValue:
    columns = [column or " " for column in table.columns]
    return dg.MetadataValue.table([dg.TableRecord(dict(zip(columns, row, strict=True))) for row in table.rows])
