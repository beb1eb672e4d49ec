"""The job that takes a range of tags along the whole path, the one that reads what people decided, the one that writes the report."""

import dagster as dg

from judge_pipeline.assets.checks import SPECS as CHECKS
from judge_pipeline.assets.tag_assets import SPECS

materialize_missing = dg.define_asset_job(
    "materialize_missing",
    selection=dg.AssetSelection.assets(*(spec.key for spec in SPECS)).without_checks(),
    description="Captions, links and judges a range of tags; what is finished already costs nothing.",
)

write_report = dg.define_asset_job(
    "write_report",
    selection=dg.AssetSelection.assets("report").without_checks()
    | dg.AssetSelection.checks(*(spec.key for spec in CHECKS)),
    description="Writes the report anew and checks what all tags together are like; asks no model.",
)

read_final_choices = dg.define_asset_job(
    "read_final_choices",
    selection=dg.AssetSelection.assets("final_choices", "report").without_checks(),
    description="Reads from Encord what people have decided, then writes the report anew; asks no model.",
)
