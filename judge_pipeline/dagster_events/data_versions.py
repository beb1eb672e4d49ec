"""Data versions: what a judgement was made with, in the tags from which Dagster knows what is stale."""

import hashlib

import dagster as dg

from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames

ONTOLOGY = "ontology"

DATA_VERSION = "dagster/data_version"
"""Dagster's tag for the version of the data that an event is about."""

CODE_VERSION = "dagster/code_version"
INPUT_DATA_VERSION = "dagster/input_data_version"
INPUT_EVENT = "dagster/input_event_pointer"
"""Dagster sets these tags on the outputs of a step. Logged events must bring their own."""

NO_EVENT = "NULL"


def version_tags(value: object, names: PipelineNames = UNPREFIXED) -> dict[str, str]:
    """The tags of a materialisation. Only judgements have any: the other assets change with a refresh only.

    The code version names the judges, orders and prompts; the ontology is an input with its own version. Captions have
    none: a refresh of them makes their judgement again anyway.
    """
    if not isinstance(value, Judgement):
        return {}
    versions = {ONTOLOGY: value.ontology_version, "images": "by its Tag", "linked_text_items": "by their Tag"}
    inputs = {"/".join(names.asset(asset)): version for asset, version in versions.items()}
    return {
        CODE_VERSION: value.judged_with,
        DATA_VERSION: hashlib.sha256(repr((value.answers, value.choice)).encode()).hexdigest()[:12],
        **{f"{INPUT_DATA_VERSION}/{asset}": version for asset, version in inputs.items()},
        **{f"{INPUT_EVENT}/{asset}": NO_EVENT for asset in inputs},
    }


def ontology_observation(version: str, names: PipelineNames = UNPREFIXED) -> dg.AssetObservation:
    """An observation that the ontology is at this version now."""
    return dg.AssetObservation(names.asset(ONTOLOGY), tags={DATA_VERSION: version})


def last_ontology_version(instance: dg.DagsterInstance, names: PipelineNames = UNPREFIXED) -> str | None:
    """The version of the ontology that Dagster last observed; None before the first observation."""
    records = instance.fetch_observations(dg.AssetKey(names.asset(ONTOLOGY)), limit=1).records
    observation = records[0].asset_observation if records else None
    return (observation.tags or {}).get(DATA_VERSION) if observation else None
