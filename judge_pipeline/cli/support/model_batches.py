"""What `judge-pipeline batches` does: list, collect, cancel, export and import the model batches of a project."""

import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import typer
from rich import box
from rich.table import Table

from judge_pipeline.automation.support.model_batch_tags import tags_to_continue, visit
from judge_pipeline.cli.support.dagster_home import dagster_instance
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.composition.pipeline import make_resources
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.interruption import run_coroutine
from judge_pipeline.engine.model_batches.cancelling import cancel
from judge_pipeline.engine.model_batches.collection import by_endpoint, unconfigured
from judge_pipeline.engine.model_batches.importing import import_answers
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.settings.settings import Settings
from judge_pipeline.store.model_batches import FINAL, WAS_CANCELLED, ModelBatch, ModelBatchState
from judge_pipeline.store.ready_tags import version_of
from judge_pipeline.store.store import ProjectStore

ID = 8
"""Characters of a batch's uuid that are shown and suffice to name it."""

SECONDS_BETWEEN_LOOKS = 0.5

SHOWN = 50
"""Batches in a list, the newest; those under way are always shown."""


@dataclass(frozen=True, slots=True)
class BatchDesk:
    """What these commands work with."""

    pipeline: PipelineResources
    store: ProjectStore
    instance: dg.DagsterInstance
    terminal: Terminal


@contextmanager
def batches_opened() -> Iterator[BatchDesk]:
    """The project of the settings, its store and its Dagster instance."""
    terminal = Terminal()
    settings = Settings.read()
    pipeline = make_resources(settings, log=terminal.print)
    with (
        dagster_instance(settings.dagster_home, settings.database_url) as instance,
        pipeline.open_store() as store,
    ):
        yield BatchDesk(pipeline, store, instance, terminal)


def collect_before_run(pipeline: PipelineResources, instance: dg.DagsterInstance, terminal: Terminal) -> None:
    """Collects what model batches have answered, if any is under way."""
    with pipeline.open_store() as store:
        before = store.model_batches.unfinished()
    if before:
        visited = visit(pipeline, instance)
        collected = sum(look.is_collected for look in visited.looks)
        terminal.print(f"Model batches: {len(before)} were under way, {collected} are collected now.")
        for problem in visited.problems:
            terminal.print(problem, style="yellow")


def await_batches(pipeline: PipelineResources, instance: dg.DagsterInstance, terminal: Terminal) -> str:
    """Waits until images can go on, and returns the version of what has come for them.

    Empty if none waits for a server, or a server gives no answer.
    """
    while True:
        visited = visit(pipeline, instance)
        for problem in visited.problems:
            terminal.print(problem, style="yellow")
        with pipeline.open_store() as store:
            if ready := tags_to_continue(store):
                return version_of(ready)
            at_server = [
                each for each in store.model_batches.unfinished() if each.state is not ModelBatchState.EXPORTED
            ]
            if visited.problems or not at_server or not store.questions.waiting_tags():
                return ""
        time.sleep(SECONDS_BETWEEN_LOOKS)


def print_images_that_wait(pipeline: PipelineResources, terminal: Terminal) -> int:
    """How many images wait, and what brings their answers."""
    with pipeline.open_store() as store:
        waiting = len(store.questions.waiting_tags())
        exported = any(batch.state is ModelBatchState.EXPORTED for batch in store.model_batches.unfinished())
    if waiting:
        terminal.print_wrapped(
            f"{waiting:,} images wait for model batches, which may take a day. Run this again later, or let Dagster go on; "
            "`judge-pipeline batches` shows how far they are."
        )
    if exported:
        terminal.print("Questions are to be answered offline: `judge-pipeline batches export FOLDER`.")
    return waiting


def print_batches(desk: BatchDesk) -> None:
    """All batches under way and the latest others, and how many images wait."""
    found = desk.store.model_batches.all()
    under_way = [batch for batch in found if batch.state not in FINAL]
    others = [batch for batch in found if batch.state in FINAL][: max(0, SHOWN - len(under_way))]
    shown = sorted([*under_way, *others], key=lambda batch: batch.intended_at, reverse=True)
    if not shown:
        desk.terminal.print("No model batch yet; docs/batches.md says how to switch them on.")
        return
    desk.terminal.console.print(batches_table(shown, desk.store.budget_leases.now()))
    if len(found) > len(shown):
        desk.terminal.print(f"and {len(found) - len(shown):,} older ones")
    for batch in shown:
        if batch.problem:
            desk.terminal.print(f"{batch.uuid[:ID]}: {visible_line(batch.problem)}", style="yellow")
    print_waiting(desk)


def batches_table(batches: Sequence[ModelBatch], now: datetime) -> Table:
    """One row per batch."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="bold")
    for name in ("id", "endpoint", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("requests", "answered", "failed", "age", "cost"):
        table.add_column(name, justify="right", no_wrap=True)
    for batch in batches:
        counts = (batch.requests, batch.answered, batch.failed)
        cost = f"${batch.cost_usd:,.2f}" if batch.answered else "-"
        numbers = [f"{count:,}" for count in counts]
        table.add_row(batch.uuid[:ID], batch.endpoint, batch.state, *numbers, age(now - batch.intended_at), cost)
    return table


def age(span: timedelta) -> str:
    """Such as `45 s`, `12 min`, `3 h 20 min` or `2 d`."""
    minutes, seconds = divmod(max(0, int(span.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"


def print_waiting(desk: BatchDesk) -> None:
    """How many images wait, how many can go on, and how many a person has to start again."""
    waiting, ready = len(desk.store.questions.waiting_tags()), len(desk.store.ready_tags.with_news())
    left = len(desk.store.questions.ready_tags()) - ready
    if waiting:
        desk.terminal.print(f"{waiting:,} images wait for model batches.")
    if ready:
        desk.terminal.print(
            f"{ready:,} images can go on; `judge-pipeline run` does, and so does Dagster while it runs."
        )
    if left > 0:
        desk.terminal.print(
            f"{left:,} images are asked again by `judge-pipeline run`, not by Dagster yet: their batch failed or was cancelled, or "
            "their run was stopped."
        )


def collect_batches(desk: BatchDesk) -> bool:
    """One poll of all batches; False if one could not be asked."""
    before = {batch.uuid: batch for batch in desk.store.model_batches.unfinished()}
    problems = visit(desk.pipeline, desk.instance).problems
    for uuid, batch in before.items():
        if now := desk.store.model_batches.find(uuid):
            desk.terminal.print(f"{uuid[:ID]} of {batch.endpoint}: {_came(batch, now)}")
    for problem in problems:
        desk.terminal.print(problem, style="red")
    if not before:
        desk.terminal.print("No batch is under way.")
    print_waiting(desk)
    return not problems


def cancel_batches(desk: BatchDesk, wanted: str | None) -> bool:
    """Cancels one batch or all; False if a server refuses.

    Raises:
        BadParameter: no batch under way, or more than one, has this id.
    """
    batches = desk.store.model_batches.unfinished()
    if wanted is not None:
        batches = [batch for batch in batches if batch.uuid.startswith(wanted)]
        if len(batches) != 1:
            raise typer.BadParameter(
                f"{len(batches)} batches under way have an id that starts with {wanted!r}; `judge-pipeline batches` lists them"
            )
    problems = []
    for endpoint, mine in by_endpoint(batches, desk.pipeline.endpoints):
        for batch in mine:
            if batch.state is ModelBatchState.EXPORTED:
                freed = desk.store.model_batches.failed(batch.uuid, WAS_CANCELLED)
                Path(batch.spool).unlink(missing_ok=True)
                desk.terminal.print(f"{batch.uuid[:ID]} is cancelled: {freed:,} questions")
            elif batch.state is not ModelBatchState.SUBMITTED:
                desk.terminal.print(f"{batch.uuid[:ID]} is {batch.state}; `judge-pipeline batches collect` ends it")
            elif problem := unconfigured(batch) if endpoint is None else run_coroutine(cancel(batch, endpoint)):
                problems.append(problem)
            else:
                desk.terminal.print(
                    f"{batch.uuid[:ID]}: {batch.endpoint} cancels it within some ten minutes; what is answered by then is collected"
                )
    for problem in problems:
        desk.terminal.print(problem, style="red")
    if not batches:
        desk.terminal.print("No batch is under way.")
    return not problems


def export_batches(desk: BatchDesk, folder: Path) -> bool:
    """Copies the files of the exported batches into a folder; False if one is not on this machine."""
    batches = [batch for batch in desk.store.model_batches.unfinished() if batch.state is ModelBatchState.EXPORTED]
    folder.mkdir(parents=True, exist_ok=True)
    is_complete = True
    for batch in batches:
        source, target = Path(batch.spool), folder / f"{batch.endpoint}-{batch.uuid[:ID]}.jsonl"
        if not source.is_file():
            where = "gone from" if batch.host == socket.gethostname() else "on another machine:"
            advice = f"`judge-pipeline batches cancel {batch.uuid[:ID]}` frees its questions"
            desk.terminal.print(f"{target.name}: its file is {where} {batch.host}, {source}; {advice}", style="red")
            is_complete = False
            continue
        shutil.copyfile(source, target)
        target.chmod(0o600)
        desk.terminal.print(f"{target}  {batch.requests:,} questions for {batch.model}, {batch.bytes / 1e6:,.1f} MB")
    if not batches:
        desk.terminal.print("Nothing to export: no endpoint with MODE=offline has questions that are not answered.")
    elif is_complete:
        desk.terminal.print(
            "Then: vllm run-batch -i FILE -o ANSWERS --model MODEL, and `judge-pipeline batches import ANSWERS`"
        )
    return is_complete


def import_files(desk: BatchDesk, files: Sequence[Path]) -> bool:
    """Saves the answers in these files; False if some questions still have none, or a line is not one."""
    before = {batch.uuid: batch for batch in desk.store.model_batches.unfinished()}
    imported = import_answers(desk.store, desk.pipeline.endpoints, files)
    for now in imported.batches:
        missing = imported.missing.get(now.uuid, 0)
        rest = (
            f"; {missing:,} questions have no line yet: import the rest, or `judge-pipeline batches cancel {now.uuid[:ID]}`"
            if missing
            else ""
        )
        desk.terminal.print(f"{now.uuid[:ID]} of {now.endpoint}: {_came(before[now.uuid], now)}{rest}")
    for count, what in (
        (imported.unknown, "lines are about no question that waits for an answer"),
        (imported.doubled, "lines repeat another one"),
        (imported.unreadable, "lines are not answers in the form of a batch's output"),
    ):
        if count:
            desk.terminal.print(f"{count:,} {what}; they are ignored.", style="yellow")
    for problem in imported.problems:
        desk.terminal.print(problem, style="red")
    if not imported.batches and not imported.problems:
        desk.terminal.print("No exported batch waits for answers.")
    print_waiting(desk)
    return not (imported.missing or imported.problems or imported.unreadable)


def _came(before: ModelBatch, now: ModelBatch) -> str:
    """What a batch has brought since."""
    answered, failed = now.answered - before.answered, now.failed - before.failed
    if now.state not in FINAL and not answered and not failed:
        since = now.submitted_at or now.intended_at
        return f"{now.requests:,} questions are still out, {now.state} at {since:%Y-%m-%d %H:%M} UTC"
    words = [f"{answered:,} answers"]
    words += [f"{failed + now.missing:,} without one"] if failed or now.missing else []
    words += [f"${now.cost_usd:,.2f}"] if now.cost_usd else []
    return f"{now.state}, {', '.join(words)}"
