"""Whether the report would be the same if it was written again: in a large project writing it takes longer than everything else."""

import hashlib
import json
from collections.abc import Iterable
from importlib.metadata import version

from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.store import ProjectStore

CURSOR = "report"
"""The name of the sync cursor: what the report was written from, and the sentences that sum it up."""


def report_sources(pipeline: PipelineResources, store: ProjectStore, *, ontology_version: str | None) -> str:
    """A hash of what a report is made of: what the store knows, the settings, the ontology, this package's version.

    With a cluster key it is also made of client metadata, which this does not see.
    """
    models = [(each.name, each.model) for each in pipeline.endpoints]
    settings = (
        pipeline.aligned(store).judged_with,
        pipeline.min_kappa,
        pipeline.assume_random_choices,
        str(pipeline.report_file),
    )
    found = [
        store.changes.mark(),
        models,
        *settings,
        pipeline.caption_max_words,
        ontology_version,
        version("judge-pipeline"),
    ]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def remember_report(store: ProjectStore, sources: str, sentences: Iterable[str]) -> None:
    """To be called once it is written; `sources` are those before it was read."""
    store.sync_cursors.save(CURSOR, json.dumps({"sources": sources, "sentences": list(sentences)}))


def unchanged_report(pipeline: PipelineResources, *, ontology_version: str | None) -> list[str] | None:
    """The sentences of the report that is there, if another one would be the same; None if it has to be written."""
    with pipeline.open_store() as store:
        written = json.loads(store.sync_cursors.get(CURSOR) or "{}")
        is_same = written.get("sources") == report_sources(pipeline, store, ontology_version=ontology_version)
    if not is_same or pipeline.cluster_key or not pipeline.report_file.exists():
        return None
    return [str(sentence) for sentence in written["sentences"]]
