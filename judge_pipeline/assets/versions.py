"""Versions: what a judgement was made with, in the tags by which Dagster tells what is stale."""

import hashlib

from judge_pipeline.assets.ontology import DATA_VERSION, ONTOLOGY
from judge_pipeline.domain.judgement import Judgement

CODE_VERSION = "dagster/code_version"
INPUT_DATA_VERSION = "dagster/input_data_version"
INPUT_EVENT = "dagster/input_event_pointer"
"""Tags that Dagster itself gives to what a step outputs; events that a step logs have to bring them."""

NO_EVENT = "NULL"


def version_tags(value: object) -> dict[str, str]:
    """The tags of a materialisation; of judgements alone, because the others' makers change with a refresh only.

    The code version names the judges, orders and prompts; the ontology is an input with its own version. Captions count by
    what they say: a refresh of them makes their judgement anew.
    """
    if not isinstance(value, Judgement):
        return {}
    inputs = {
        ONTOLOGY: value.ontology_version,
        "images": "by its Tag",
        "linked_text_items": "by their Tag",
    }
    return {
        CODE_VERSION: value.judged_with,
        DATA_VERSION: hashlib.sha256(repr((value.answers, value.choice)).encode()).hexdigest()[:12],
        **{f"{INPUT_DATA_VERSION}/{asset}": version for asset, version in inputs.items()},
        **{f"{INPUT_EVENT}/{asset}": NO_EVENT for asset in inputs},
    }


def is_outdated(judgement: Judgement, *, judged_with: str, ontology_version: str | None) -> bool:
    """Whether it was made with other judges, orders, prompts or another ontology; an unknown ontology is the same one."""
    is_other_ontology = ontology_version is not None and judgement.ontology_version != ontology_version
    return judgement.judged_with != judged_with or is_other_ontology
