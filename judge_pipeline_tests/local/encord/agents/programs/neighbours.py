"""Another team's agents in the same project: one before the captioners, one between them and the judge.

The first writes client metadata, the second a Final Choice on each image.
"""

from typing import Annotated

from encord.constants.enums import DataType
from encord.objects import Classification
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.storage import StorageItem
from encord_agents.tasks import Depends, SequentialRunner
from encord_agents.tasks.dependencies import dep_storage_item

runner = SequentialRunner()


@runner.stage("Sort")
def sort(item: Annotated[StorageItem, Depends(dep_storage_item)]) -> str:
    item.update(client_metadata={**(item.client_metadata or {}), "Team": "sorted"})
    return "Sorted"


@runner.stage("Enrich")
def enrich(row: LabelRowV2) -> str:
    choice = row.ontology_structure.get_child_by_title("Final Choice", type_=Classification)
    if row.data_type is DataType.IMAGE and not row.get_classification_instances(filter_ontology_classification=choice):
        instance = choice.create_instance()
        instance.set_for_frames(0)
        instance.set_answer(choice.attributes[0].options[0])
        row.add_classification_instance(instance)
        row.save()
    return "Enriched"


if __name__ == "__main__":
    runner.run()
