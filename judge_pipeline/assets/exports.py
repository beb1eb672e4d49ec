"""The files of the exports beside the store, and what their materialisations show."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg

from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.exporting.decision import LeftOut, Provenance
from judge_pipeline.exporting.export import Export, Format
from judge_pipeline.exporting.preference import ANY_TRUSTED
from judge_pipeline.exporting.split import Split
from judge_pipeline.exporting.tables import Table
from judge_pipeline.reporting.export_gate import export_block_reason, judge_people_kappa
from judge_pipeline.store.outcomes import outcomes_of
from judge_pipeline.store.store import Store

SHOWN = 5
"""Rows of a materialisation's sample."""

SHOWN_CHARACTERS = 200


def exported(pipeline: PipelineResources) -> Export:
    """Everything that the store knows and that is strong enough for anybody.

    Raises:
        Failure: the judge agrees too little with people for what the settings ask.
    """
    store = Store.open(pipeline.database_url)
    try:
        outcomes = outcomes_of(store.project(pipeline.project_hash))
    finally:
        store.close()
    if reason := export_block_reason(judge_people_kappa(outcomes), min_kappa=pipeline.min_kappa):
        raise dg.Failure(reason, allow_retries=False)
    return Export.of(outcomes, Format.GENERIC, ANY_TRUSTED)


def materialized(
    pipeline: PipelineResources, table: Table, *, left_out: Mapping[LeftOut, int]
) -> dg.MaterializeResult[None]:
    """Writes a table, and says what is in it and why the rest is not."""
    folder = pipeline.exports_folder
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as unfinished:
        names = table.write(Path(unfinished))
        for name in names:
            (Path(unfinished) / name).replace(folder / name)
    ways, splits = (Counter(row[column] for row in table.rows) for column in ("provenance", "split"))
    return dg.MaterializeResult(
        metadata={
            "rows": len(table.rows),
            **{f"by {way}": ways[way.value] for way in Provenance},
            **{f"in {split}": splits[split.value] for split in Split},
            **{f"left out: {reason}": left_out[reason] for reason in LeftOut if left_out.get(reason)},
            **({"sample": _sample(table.rows)} if table.rows else {}),
            "table": dg.MetadataValue.path(folder / names[-1]),
        }
    )


def _sample(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    columns = [name for name in ("image_title", "chosen", "rejected", "caption", "provenance") if name in rows[0]]
    return dg.MetadataValue.table(
        [
            dg.TableRecord({name: visible_line(str(row[name]))[:SHOWN_CHARACTERS] for name in columns})
            for row in rows[:SHOWN]
        ]
    )
