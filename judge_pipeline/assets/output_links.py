"""Metadata that lead from an asset to its file, in a folder or an object store."""

import dagster as dg

from judge_pipeline.engine.resources import PipelineResources


def link_metadata(key: str, pipeline: PipelineResources, name: str) -> dict[str, dg.MetadataValue]:
    """The address of a file next to the report and, in a provider's object store, its page in the browser."""
    address = str(pipeline.report_file.parent / name)
    url = pipeline.browser_url(name)
    return {
        key: dg.MetadataValue.path(address),
        **({f"{key} in the browser": dg.MetadataValue.url(url)} if url else {}),
    }
