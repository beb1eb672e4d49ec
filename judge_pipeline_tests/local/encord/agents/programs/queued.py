"""Fills a queue in one process and processes it in another: `queued.py fill PROJECT QUEUE` and `queued.py work PROJECT QUEUE`.

The queue is a file of JSON lines; the results go to the standard output, a line each. Lines are worked off one by one,
but for the last two, which are handed over together.
"""

import sys
from pathlib import Path
from typing import Annotated

from encord.objects.ontology_labels_impl import LabelRowV2
from encord.storage import StorageItem
from encord_agents.tasks import Depends, QueueRunner
from encord_agents.tasks.dependencies import dep_storage_item

command, project_hash, queue = sys.argv[1], sys.argv[2], Path(sys.argv[3])
runner = QueueRunner(project_hash=project_hash)


@runner.stage("LLM1")
def work(row: LabelRowV2, item: Annotated[StorageItem, Depends(dep_storage_item)]) -> str:
    assert row.backing_item_uuid == item.uuid
    if item.name == "raises.txt":
        raise RuntimeError("this one cannot be done")
    return "First caption"


if command == "fill":
    specs = [task.model_dump_json() for stage in runner.get_agent_stages() for task in stage.get_tasks()]
    queue.write_text("\n".join(specs))
else:
    specs = queue.read_text().splitlines()
    results = [*(work(spec) for spec in specs[:-2]), work(specs[-2:])]
    sys.stdout.write("\n".join(results))
