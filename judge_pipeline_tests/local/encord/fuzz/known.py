"""Existing ids, so that requests get past the first check."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from encord.workflow import AgentStage
from hypothesis import strategies as st

from judge_pipeline_tests.seed_project import SeedProject


@dataclass(frozen=True)
class Known:
    """The ids of a seed project with some rows, by the names that routes and bodies use."""

    ids: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, seed: SeedProject) -> "Known":
        """The ids of everything in the project."""
        client, project = seed.client(), seed.project()
        rows = project.list_label_rows_v2()
        stages = project.workflow.stages
        first = project.workflow.get_stage(name="LLM1", type_=AgentStage)
        ids = {
            "project": (seed.project_hash,),
            "dataset": (seed.dataset_hash,),
            "ontology": (seed.ontology_hash,),
            "folder": (str(seed.folder_uuid), str(client.create_storage_folder("Another folder").uuid)),
            "stage": tuple(str(stage.uuid) for stage in stages),
            "pathway": tuple(str(pathway.uuid) for pathway in first.pathways),
            "task": tuple(str(task.uuid) for task in first.get_tasks()),
            "item": tuple(str(row.backing_item_uuid) for row in rows),
            "data": tuple(row.data_hash for row in rows),
            "label": tuple(row.label_hash for row in rows if row.label_hash),
        }
        return cls(ids)

    def fitting(self, name: str) -> tuple[str, ...]:
        """The ids that a parameter or field of this name may take; empty if it is not an id."""
        lowered = name.lower()
        return next((ids for word, ids in self.ids.items() if word in lowered), ()) if _is_id(lowered) else ()

    def everything(self) -> st.SearchStrategy[str]:
        """Any id."""
        return st.sampled_from([one for ids in self.ids.values() for one in ids])

    def filled_in(self, name: str, value: Any) -> st.SearchStrategy[Any]:
        """A generated value, with its texts replaced by suitable ids."""
        if isinstance(value, Mapping):
            return st.fixed_dictionaries({key: self.filled_in(str(key), inner) for key, inner in value.items()})
        if isinstance(value, list):
            return st.tuples(*(self.filled_in(name, inner) for inner in value)).map(list)
        fitting = self.fitting(name)
        return st.sampled_from(fitting) if fitting and isinstance(value, str) else st.just(value)


def _is_id(name: str) -> bool:
    return name in Known.__annotations__ or any(
        word in name
        for word in ("uuid", "hash", "email", "project", "dataset", "folder", "stage", "task", "item", "label")
    )
