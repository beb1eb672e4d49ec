"""Reads a project back with nothing but Encord's SDK: `read_back.py DOMAIN KEY_FILE PROJECT_HASH`.

Prints a JSON list with one item per row.
"""

import json
import sys
from typing import Any

from encord import EncordUserClient
from encord.objects import LabelRowV2, Option

domain, key_file, project_hash = sys.argv[1:]
client = EncordUserClient.create_with_ssh_private_key(ssh_private_key_path=key_file, domain=domain)
project = client.get_project(project_hash)
rows = project.list_label_rows_v2(include_client_metadata=True)
with project.create_bundle() as bundle:
    for each in rows:
        each.initialise_labels(bundle=bundle)


def answers_on(row: LabelRowV2) -> dict[str, dict[str, Any]]:
    """`{classification: {attribute: answer}}`, options by their labels."""
    found: dict[str, dict[str, Any]] = {}
    for instance in row.get_classification_instances():
        of_this = found.setdefault(instance.classification_name, {})
        for answer in instance.get_all_static_answers():
            if answer.is_answered():
                value = answer.get()
                of_this[answer.ontology_attribute.title] = value.label if isinstance(value, Option) else value
    return found


def read(row: LabelRowV2) -> dict[str, Any]:
    return {
        "is_image": row.data_type.value == "image",
        "stage": row.workflow_graph_node.title if row.workflow_graph_node else None,
        "metadata": row.client_metadata,
        "answers": answers_on(row),
        "by_hand": any(each.manual_annotation for each in row.get_classification_instances()),
        "imported": [name for name in sys.modules if name.startswith("judge_pipeline")],
    }


json.dump([read(row) for row in rows], sys.stdout)
