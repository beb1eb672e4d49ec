"""The work itself, as the commands start it: new images found, what is missing materialised in batches, the report written."""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from judge_pipeline.assets.bench import check_models
from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.automation.batches import Batch, batches
from judge_pipeline.automation.finding import judged_tags, new_tags
from judge_pipeline.definitions import build_definitions
from judge_pipeline.domain.board import Board
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.settings import Settings

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's own lines would run through the progress bar; everything is in the instance's event log."""


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do: the tags of the project's images, and those of them without a judgement."""

    board: Board
    tags: list[Tag]
    missing: list[Tag]


def find_work(workbench: Workbench, instance: dg.DagsterInstance, *, limit: int | None = None) -> Work:
    """Opens and checks the project, adds partitions for new images, and the models if anything is missing.

    Raises:
        EncordUnusable, OntologyMismatch, EndpointUnusable: a setting is wrong; no model has been asked anything.
    """
    project = EncordProject.open(workbench.connection, workbench.project_hash)
    workbench.titles.roles_in(project.ontology)
    board = project.board()
    new = new_tags(board, instance.get_dynamic_partitions(TAGS.name or ""))
    if new.all:
        instance.add_dynamic_partitions(TAGS.name or "", new.all)
    judged = judged_tags(workbench)
    missing = [tag for tag in board.images if tag not in judged][:limit]
    if missing:
        check_models(workbench)
    return Work(board, list(board.images), missing)


def materialize(settings: Settings, instance: dg.DagsterInstance, missing: Sequence[Tag], *, batch_size: int) -> bool:
    """Runs batches in this process, one after the other; True when every one succeeded."""
    job = build_definitions(settings).resolve_job_def("materialize_missing")
    keys = instance.get_dynamic_partitions(TAGS.name or "")
    succeeded = True
    for batch in batches(keys, missing, size=batch_size):
        succeeded &= _run(job, instance, batch)
    return succeeded


def write_report(settings: Settings, instance: dg.DagsterInstance) -> bool:
    """Materialises the report asset."""
    job = build_definitions(settings).resolve_job_def("write_report")
    return job.execute_in_process(instance=instance, raise_on_error=False, run_config=QUIET).success


def _run(job: dg.JobDefinition, instance: dg.DagsterInstance, batch: Batch) -> bool:
    return job.execute_in_process(
        instance=instance, tags=batch.run_tags, raise_on_error=False, run_config=QUIET
    ).success
