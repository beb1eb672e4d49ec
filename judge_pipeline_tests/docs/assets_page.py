"""Generates docs/assets.md from the definitions: `python -m judge_pipeline_tests.docs.assets_page > docs/assets.md`.

The metadata are what the package's own functions return for one example of each value.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import dagster as dg

from judge_pipeline.assets.exports import _write
from judge_pipeline.assets.final_choices import counts
from judge_pipeline.assets.report import TABLES_IN_METADATA
from judge_pipeline.automation.code_location import code_location
from judge_pipeline.dagster_events.metadata import partition_metadata
from judge_pipeline.domain.asset_values import AssetValue
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems, TextItem
from judge_pipeline.exporting.export import Export, Format, best_table, pair_table
from judge_pipeline.exporting.preference import ANY_TRUSTED
from judge_pipeline_tests.exporting.values import outcome
from judge_pipeline_tests.reporting.values import A, B, caption, correctness, decided, image, judgement, person

BEGINNING = """\
# Assets and metadata

What Dagster's pages show, generated from the definitions; the values are examples. [Architecture](architecture.md) draws the graph,
[running](running.md) says how the assets are launched.

A partition is a **Tag**, the uuid of one image in Encord's client metadata. Metadata that do not apply are left out: `warning` is
there only if the image has one. `made by an earlier run` marks a value that was found in the store and cost nothing now:
it shows the image's title, the caption or the choice, warnings and the link to Encord. The event of the run that made it has the rest,
until `prune` deletes it.
"""

TAG = Tag("0b8f1d3e-5c2a-5e0f-9d43-3b6f0c9a7e21")
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="
PICTURE: Image = replace(
    image(TAG, title="raccoon.jpg"),
    thumbnail=PIXEL,
    notes=("converted from CMYK",),
    warnings=("almost black",),
)

VALUES: Mapping[str, AssetValue] = {
    "images": PICTURE,
    "captions_8b": caption(TAG, A),
    "captions_16b": caption(TAG, B),
    "linked_text_items": LinkedTextItems(
        TAG, TextItem(A, "uuid of the item", "d1"), TextItem(B, "uuid of the item", "d2")
    ),
    "judgements": judgement(TAG, B, scores=[correctness(A, 2), correctness(B, 4)], improvement="Name the animal."),
}


def assets_page() -> str:
    """The whole page."""
    definitions = code_location(dg.ResourceDefinition.none_resource(), batch_size=1)
    graph = definitions.resolve_asset_graph()
    checks: dict[str, list[dg.AssetCheckSpec]] = {}
    for each in definitions.asset_checks or ():
        for spec in each.check_specs:
            checks.setdefault(spec.asset_key.to_user_string(), []).append(spec)
    lines = [BEGINNING]
    for key in graph.toposorted_asset_keys:
        name, node = key.to_user_string(), graph.get(key)
        parents = ", ".join(f"`{parent.to_user_string()}`" for parent in sorted(node.parent_keys))
        lines += [f"\n## `{name}`\n\n{node.description}\n\n"]
        if not node.is_materializable:
            lines += ["* Not partitioned; observed, not materialized.\n"]
        else:
            lines += ["* One partition per Tag.\n" if node.is_partitioned else "* Not partitioned.\n"]
        lines += [f"* Made from {parents}.\n"] if parents else []
        lines += [f"* Check `{spec.name}`: {spec.description}\n" for spec in checks.get(name, ())]
        lines += _table(name)
    return "".join(lines)


def _table(asset: str) -> Iterator[str]:
    metadata = _metadata(asset)
    if metadata:
        yield "\n| metadata | example |\n|---|---|\n"
        for key, value in metadata.items():
            yield f"| `{key}` | {_example(value)} |\n"


def _metadata(asset: str) -> Mapping[str, Any]:
    if asset in VALUES:
        value = VALUES[asset]
        return partition_metadata(value, PICTURE, item_url="https://app.encord.com/label_editor/…".format, reused=False)
    if asset == "final_choices":
        return counts([person(TAG, A)], {}, new=1)
    if asset == "report":
        tables = {name: dg.MetadataValue.table([dg.TableRecord({"": ""})]) for name in TABLES_IN_METADATA}
        return {
            "page": dg.MetadataValue.path(""),
            "win rates": dg.MetadataValue.md(""),
            **tables,
            **decided(wins_8b=30, wins_16b=10).to_metadata(),
        }
    if asset in {"preference_pairs", "best_captions"}:
        export = Export.of([outcome(f"image-{number}", A) for number in range(40)], Format.GENERIC, ANY_TRUSTED)
        pairs, best = export.pairs, export.best
        with TemporaryDirectory() as folder:
            pipeline: Any = SimpleNamespace(
                exports_folder=Path(folder), report_file=Path(folder, "report.html"), browser_url=lambda _name: None
            )
            if asset == "best_captions":
                return _write(pipeline, best_table(best, "{}".format), left_out=best.left_out).metadata or {}
            return _write(pipeline, pair_table(pairs, "{}".format), left_out=pairs.left_out).metadata or {}
    return {}


def _example(value: Any) -> str:
    match value:
        case dg.MarkdownMetadataValue():
            return "a picture"
        case dg.TableMetadataValue():
            return "a table"
        case dg.PathMetadataValue():
            return "a path"
        case dg.TextMetadataValue() | dg.UrlMetadataValue():
            value = value.value
    return re.sub(r"\s+", " ", str(value)).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(assets_page())
