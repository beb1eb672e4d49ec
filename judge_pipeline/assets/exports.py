"""The exports: preference pairs and best captions, as JSON lines and Parquet in the folder next to the report."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import dagster as dg

from judge_pipeline.assets.output_links import link_metadata
from judge_pipeline.domain.pipeline_names import PipelineNames
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.output_files import OutputUnwritable, write_output_files
from judge_pipeline.engine.read_report import read_report
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.exporting.decision import LeftOut, Provenance
from judge_pipeline.exporting.export import Export, Format, best_table, pair_table
from judge_pipeline.exporting.preference import ANY_TRUSTED
from judge_pipeline.exporting.split import Split
from judge_pipeline.exporting.tables import Table
from judge_pipeline.reporting.export_gate import export_block_reason, judge_people_kappa

SAMPLE_ROWS = 5
SAMPLE_CHARACTERS = 200


def export_assets(names: PipelineNames) -> list[dg.AssetsDefinition]:
    """Both read the store; neither calls Encord or a model. `judge-pipeline export` writes the same data for trainers."""
    deps = [names.asset(asset) for asset in ("judgements", "final_choices", "report")]

    @dg.asset(
        key=names.asset("preference_pairs"),
        description="The better and the worse caption of every image that people or the judge have decided, with who decided and "
        "how strongly, as JSON lines and Parquet. Ties, undecided images and captions that are not an answer are never pairs.",
        kinds={"parquet"},
        deps=deps,
        required_resource_keys={names.resource},
    )
    def preference_pairs(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        pipeline = PipelineResources.of(context, names)
        pairs = _export(pipeline).pairs
        return _write(pipeline, pair_table(pairs, pipeline.item_url), left_out=pairs.left_out)

    @dg.asset(
        key=names.asset("best_captions"),
        description="The better caption of every image that people or the judge have decided, as JSON lines and Parquet.",
        kinds={"parquet"},
        deps=deps,
        required_resource_keys={names.resource},
    )
    def best_captions(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        pipeline = PipelineResources.of(context, names)
        best = _export(pipeline).best
        return _write(pipeline, best_table(best, pipeline.item_url), left_out=best.left_out)

    return [preference_pairs, best_captions]


def _export(pipeline: PipelineResources) -> Export:
    """Everything in the store that is trustworthy enough to export.

    Raises:
        Failure: the judge agrees less with people than the settings require.
    """
    with pipeline.open_store() as store:
        report = read_report(pipeline, store)
    if reason := export_block_reason(judge_people_kappa(report.opinions), min_kappa=pipeline.min_kappa):
        raise dg.Failure(reason, allow_retries=False)
    return Export.of(report.outcomes, Format.GENERIC, ANY_TRUSTED)


def _write(pipeline: PipelineResources, table: Table, *, left_out: Mapping[LeftOut, int]) -> dg.MaterializeResult[None]:
    """Writes a table; the metadata say what is in it and why the rest is left out."""
    try:
        names = write_output_files(pipeline.exports_folder, table.write)
    except OutputUnwritable as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    counts = Counter(row[column] for row in table.rows for column in ("provenance", "split"))
    return dg.MaterializeResult(
        metadata={
            "rows": len(table.rows),
            **{f"by {provenance}": counts[provenance.value] for provenance in Provenance},
            **{f"in {split}": counts[split.value] for split in Split},
            **{f"left out: {reason}": left_out[reason] for reason in LeftOut if left_out.get(reason)},
            **({"sample": _sample(list(islice(table.rows, SAMPLE_ROWS)))} if table.rows else {}),
            **link_metadata("table", pipeline, f"{pipeline.exports_folder.name}/{names[-1]}"),
        }
    )


def _sample(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    columns = [name for name in ("image_title", "chosen", "rejected", "caption", "provenance") if name in rows[0]]
    return dg.MetadataValue.table(
        [dg.TableRecord({name: visible_line(str(row[name]))[:SAMPLE_CHARACTERS] for name in columns}) for row in rows]
    )
