"""Linking, unlinking and moving in any order agree with a simple model."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from encord.exceptions import InvalidArgumentsError, ResourceExistsError
from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.workflow import AgentStage, FinalStage, ReviewStage
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from judge_pipeline_tests.local.encord.captions import upload_texts
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE, create_seed_project
from judge_pipeline_tests.servers import running_local_encord

STAGES = [stage["title"] for stage in WORKFLOW_TEMPLATE["stages"]]
NEXT = {"LLM1": "LLM2", "LLM2": "LLM as Judge", "LLM as Judge": "Human Review"}
PATHWAYS = {"LLM1": "First caption", "LLM2": "Second caption", "LLM as Judge": "LLM Ruling"}
KINDS: dict[str, Any] = (
    dict.fromkeys(PATHWAYS, AgentStage) | {"Human Review": ReviewStage} | dict.fromkeys(STAGES[4:], FinalStage)
)


class DatasetModel(RuleBasedStateMachine):
    """The model: the item and the stage of each data row."""

    rows = Bundle("rows")

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self._items: list[UUID] = []
        self._item_of: dict[str, UUID] = {}
        self._stage_of: dict[str, str] = {}

    @initialize()
    def create(self) -> None:
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        seed = create_seed_project(self._open.enter_context(running_local_encord(folder / "encord")))
        seed.server.control("POST", "config", json={"task_page_size": 2})
        client = seed.client()
        texts = {f"{number}.txt": str(number) for number in range(3)}
        self._items = upload_texts(client.get_storage_folder(seed.folder_uuid), folder, texts)
        self._dataset = client.get_dataset(seed.dataset_hash, include_data_rows=False)
        self._project = client.get_project(seed.project_hash)

    def teardown(self) -> None:
        self._open.close()

    @rule(
        target=rows,
        numbers=st.lists(st.integers(0, 2), min_size=1, max_size=4),
        behavior=st.sampled_from(DataLinkDuplicatesBehavior),
    )
    def link(self, numbers: list[int], behavior: DataLinkDuplicatesBehavior) -> object:
        wanted = [self._items[number] for number in numbers]
        linked = set(self._item_of.values())
        if behavior is DataLinkDuplicatesBehavior.FAIL and linked & set(wanted):
            with pytest.raises(ResourceExistsError):
                self._dataset.link_items(wanted, behavior)
            return multiple()
        expected = wanted
        if behavior is not DataLinkDuplicatesBehavior.DUPLICATE:
            expected = [item for item in dict.fromkeys(wanted) if item not in linked]
        made = self._dataset.link_items(wanted, behavior)
        assert [row.backing_item_uuid for row in made] == expected
        for row, item in zip(made, expected, strict=True):
            self._item_of[row.uid] = item
            self._stage_of[row.uid] = STAGES[0]
        return multiple(*(row.uid for row in made))

    @rule(row=consumes(rows))
    def unlink(self, row: str) -> None:
        self._dataset.delete_data(row)
        del self._item_of[row], self._stage_of[row]

    @rule(chosen=st.lists(rows, min_size=1, max_size=3), is_repeating=st.booleans())
    def proceed(self, chosen: list[str], is_repeating: bool) -> None:
        """A list of actions on one stage: all or none; refused if a task is missing or listed twice."""
        here = self._stage_of[chosen[0]]
        if here not in PATHWAYS:
            return
        tasks = self._tasks(here)
        actions = [tasks[row] for row in dict.fromkeys(chosen) if row in tasks]
        if is_repeating:
            with pytest.raises(InvalidArgumentsError):
                self._proceed_all([*actions, actions[0]], PATHWAYS[here])
            return
        self._proceed_all(actions, PATHWAYS[here])
        self._stage_of |= {str(task.data_hash): NEXT[here] for task in actions}
        with pytest.raises(InvalidArgumentsError):
            self._proceed_all(actions, PATHWAYS[here])

    @rule(row=rows, is_approved=st.booleans())
    def review(self, row: str, is_approved: bool) -> None:
        if self._stage_of[row] != "Human Review":
            return
        task = self._tasks("Human Review")[row]
        task.approve() if is_approved else task.reject()
        self._stage_of[row] = "Complete" if is_approved else "Archive"

    @rule(row=rows, destination=st.sampled_from(STAGES))
    def move(self, row: str, destination: str) -> None:
        task = self._tasks(self._stage_of[row])[row]
        task.move(destination_stage_uuid=self._project.workflow.get_stage(name=destination).uuid)
        self._stage_of[row] = destination

    @rule(stage=st.sampled_from(STAGES))
    def list_a_stage(self, stage: str) -> None:
        assert set(self._tasks(stage)) == {row for row, here in self._stage_of.items() if here == stage}

    @invariant()
    def the_model_agrees(self) -> None:
        if not self._items:
            return
        listed = self._project.list_label_rows_v2()
        assert {row.data_hash: row.backing_item_uuid for row in listed} == self._item_of
        stages = {row.data_hash: row.workflow_graph_node.title for row in listed if row.workflow_graph_node}
        assert stages == self._stage_of
        assert len({row.task_uuid for row in listed}) == len(listed)

    def _tasks(self, stage: str) -> dict[str, Any]:
        found = self._project.workflow.get_stage(name=stage, type_=KINDS[stage]).get_tasks()
        return {str(task.data_hash): task for task in found}

    def _proceed_all(self, tasks: list[Any], pathway: str) -> None:
        with self._project.create_bundle() as bundle:
            for task in tasks:
                task.proceed(pathway, bundle=bundle)


TestDatasetModel = DatasetModel.TestCase
TestDatasetModel.settings = settings(
    max_examples=4, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
