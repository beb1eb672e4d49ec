"""A trial: a project of one-colour images in a local Encord, stub models, and Dagster runs in this process."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import SecretStr

from judge_pipeline.assets.partitions import TAGS, add_tags
from judge_pipeline.assets.tag_assets import SPECS, tag_assets
from judge_pipeline.automation.code_location import code_location
from judge_pipeline.automation.support.partition_ranges import PartitionRange
from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.resources import OntologyTitles, PipelineResources
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.store.database import Database
from judge_pipeline_tests.engine.finished_projects import FinishedProjects
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL, StubModels, paint
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project

ASSETS = tuple(spec.key.to_user_string() for spec in SPECS)
BATCH_SIZE = 4
MODEL_KEY = "sk-canary-models-0123456789"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


_resources: list[PipelineResources] = []


def definitions(pipeline: PipelineResources) -> dg.Definitions:
    """The code location, from now on with these resources."""
    _resources[:] = [pipeline]
    return _definitions()


@cache
def _definitions() -> dg.Definitions:
    """Built once: it takes 0.1 s with its jobs."""
    return code_location(dg.ResourceDefinition(lambda _: _resources[0]), batch_size=BATCH_SIZE)


def run_tags(
    pipeline: PipelineResources,
    instance: dg.DagsterInstance,
    keys: Sequence[str],
    *,
    assets: Sequence[str] = ASSETS,
    run_id: str | None = None,
    run_config: dict[str, Any] = QUIET,
) -> dg.ExecuteInProcessResult:
    """One run over the range of partitions from the first to the last of `keys`, as Dagster would launch it."""
    return path_job(tuple(assets)).execute_in_process(
        instance=instance,
        tags=PartitionRange(keys[0], keys[-1]).run_tags,
        raise_on_error=False,
        run_id=run_id,
        run_config=run_config,
        resources={"pipeline": pipeline},
    )


@cache
def path_job(assets: tuple[str, ...]) -> dg.JobDefinition:
    """`materialize_missing` for these assets alone. Runs bring their own pipeline, so it is built once: 0.1 s a run."""
    return dg.Definitions(
        assets=[tag_assets(BATCH_SIZE)],
        jobs=[dg.define_asset_job("materialize_missing", selection=dg.AssetSelection.assets(*assets).without_checks())],
        resources={"pipeline": dg.ResourceDefinition.hardcoded_resource(None)},
        executor=dg.in_process_executor,
    ).resolve_job_def("materialize_missing")


def run_tags_in_own_process(
    pipeline: PipelineResources, keys: list[str], run_id: str, run_config: dict[str, Any]
) -> None:
    """The target of a process that runs these tags."""
    with dg.DagsterInstance.ephemeral() as instance:
        add_tags(instance, keys)
        run_tags(pipeline, instance, keys, run_id=run_id, run_config=run_config)


@dataclass
class Trial:
    """Everything that a test of the engine uses."""

    seed: SeedProject
    models: StubModels
    pipeline: PipelineResources
    instance: dg.DagsterInstance
    folder: Path
    items: dict[str, str] = field(default_factory=dict)
    """Storage item uuids by colour."""
    finished: Callable[[], FinishedProjects] | None = None

    def add(self, *colours: str) -> None:
        """Uploads and links one image of each colour."""
        paths = [paint(self.folder, colour) for colour in colours]
        self.items |= zip(colours, map(str, self.seed.add_images(paths)), strict=True)

    def add_finished(self, *colours: str) -> None:
        """The same as `add` and a successful `materialize`, for a trial as it begins: a project that such a run made is copied."""
        self.begin_with(_finish, *colours)

    def begin_with(self, make: "Callable[..., object]", *colours: str) -> None:
        """The same as `make(trial, *colours)`, for a trial as it begins: what it made in another trial is copied.

        The trial moves to the server and the Dagster instance of these projects.
        """
        assert self.finished is not None
        assert not self.items
        assert not self.models.calls
        url = self.pipeline.judge.base_url.removesuffix("/v1")
        projects = self.finished()
        key = (
            url,
            make.__module__,
            make.__qualname__,
            *colours,
        )  # answers are kept by the address of the folder's models
        if key not in projects.made:
            projects.empty()
            folder = Path(tempfile.mkdtemp(dir=projects.folder))
            seed = create_seed_project(projects.encord)
            first = Trial(seed, self.models, build_pipeline(seed, url, folder), projects.instance, folder)
            make(first, *colours)
            projects.keep(key, first.seed, first.items, list(self.models.calls), folder)
        found = projects.restore(key, self.folder)
        self.seed, self.items, self.instance = found.seed, dict(found.items), projects.instance
        self.pipeline = build_pipeline(self.seed, url, self.folder)
        self.models.calls = list(found.calls)
        self.__dict__.pop("project", None)
        assert self.project  # which `materialize` would have opened

    @cached_property
    def project(self) -> EncordProject:
        """The project for the test's own reads; runs open it again."""
        return EncordProject.open(self.seed.connection, self.seed.project_hash, self.pipeline.workflow_titles)

    @property
    def tags(self) -> dict[str, str]:
        """The Tag of each image by colour in the order of their upload, or the Tag that a run would give it."""
        order = list(self.items.values())
        images = self.project.snapshot().images
        by_upload = sorted(
            images, key=lambda tag: order.index(uuid) if (uuid := images[tag].item_uuid) in order else -1
        )
        return {images[tag].title.partition(".")[0]: tag for tag in by_upload}

    def materialize(self, *colours: str, assets: Sequence[str] = ASSETS, **options: Any) -> dg.ExecuteInProcessResult:
        """One run over these images, by default all; adds their partitions first."""
        tags = self.tags
        keys = [tags[colour] for colour in colours or tags]
        add_tags(self.instance, keys)
        return run_tags(self.pipeline, self.instance, keys, assets=assets, **options)

    def statuses(self) -> dict[tuple[str, str], str]:
        """The status that Dagster shows for each (asset, colour); pairs without a status are left out."""
        tags = self.tags
        found = {}
        for asset in ASSETS:
            by_tag = self.instance.get_status_by_partition(dg.AssetKey(asset), list(tags.values()), TAGS) or {}
            for colour, tag in tags.items():
                if status := by_tag.get(tag):
                    found[asset, colour] = status.value
        return found

    def failed(self) -> set[tuple[str, str]]:
        """The (asset, colour) pairs that Dagster shows as failed."""
        return {pair for pair, status in self.statuses().items() if status == "FAILED"}

    def materialized(self) -> set[tuple[str, str]]:
        """The (asset, colour) pairs that Dagster shows as materialised."""
        return {pair for pair, status in self.statuses().items() if status == "MATERIALIZED"}

    def inject_fault(self, **fault: Any) -> None:
        """Makes the local Encord fail: which requests, and how."""
        self.seed.server.control("POST", "faults", json=fault)

    def forget_faults(self) -> None:
        """Removes the injected faults."""
        self.seed.server.control("DELETE", "faults")

    def faults(self) -> list[dict[str, Any]]:
        """The injected faults, and how often each was met."""
        reported: list[dict[str, Any]] = self.seed.server.control("GET", "faults").json()
        return reported

    def faults_met(self) -> int:
        """How many requests have met an injected fault."""
        return sum(fault["met"] for fault in self.faults())

    def requests(self) -> dict[str, int]:
        """How many requests of each operation Encord has answered since the last `reset_request_counts`."""
        counted: dict[str, int] = self.seed.server.control("GET", "stats").json()["by_operation"]
        return counted

    def writes(self) -> int:
        """How many of them change something."""
        return int(self.seed.server.control("GET", "stats").json()["writes"])

    def reset_request_counts(self) -> None:
        """Starts counting from zero."""
        self.seed.server.control("DELETE", "stats")


def _finish(trial: Trial, *colours: str) -> None:
    trial.add(*colours)
    assert trial.materialize().success


def every(*colours: str, assets: Sequence[str] = ASSETS) -> set[tuple[str, str]]:
    """All (asset, colour) pairs of these images."""
    return {(asset, colour) for asset in assets for colour in colours}


def message_of(result: dg.ExecuteInProcessResult) -> str:
    """The error message of a failed run."""
    failure = result.failure_data_for_node("path")
    assert failure is not None
    assert failure.user_failure_data is not None, failure.error
    return failure.user_failure_data.description or ""


def build_pipeline(seed: SeedProject, models_url: str, folder: Path) -> PipelineResources:
    """The resources of a trial; its store and report are files in `folder`."""

    def endpoint(name: str, model: str) -> Endpoint:
        return Endpoint(name, f"{models_url}/v1", model, api_key=SecretStr(MODEL_KEY))

    folder.mkdir(exist_ok=True)
    store = folder / "store.sqlite3"
    if not store.exists():
        store.write_bytes(_empty_store())
    return PipelineResources(
        connection=seed.connection,
        project_hash=seed.project_hash,
        captioners={Captioner.LLM_8B: endpoint("LLM1", SMALL), Captioner.LLM_16B: endpoint("LLM2", LARGE)},
        judge=endpoint("JUDGE", JUDGE),
        database_url=f"sqlite:///{store}",
        report_file=folder / "report.html",
        caption_max_words=20,
        orders=Orders.BOTH,
        titles=OntologyTitles("LLM 8B", "LLM 16B", "LLM Judge Choice", "Final Choice"),
        batch_folder=folder / "model_batches",
    )


@cache
def _empty_store() -> bytes:
    """The file of a new store; making one takes 20 ms."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "store.sqlite3")
        Database.open(f"sqlite:///{file}").close()
        return file.read_bytes()
