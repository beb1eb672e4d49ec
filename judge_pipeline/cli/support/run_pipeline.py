"""What `demo` and `run` do: find new images, materialize what is missing in batches, write the report."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from judge_pipeline.assets.partitions import known_tags
from judge_pipeline.automation.support.partition_ranges import partition_ranges
from judge_pipeline.cli.support.background import in_background
from judge_pipeline.cli.support.budget import CommandBudget
from judge_pipeline.cli.support.dagster_home import dagster_instance
from judge_pipeline.cli.support.job_runs import FinishedRun, run_job
from judge_pipeline.cli.support.model_batches import await_batches, collect_before_run, print_images_that_wait
from judge_pipeline.cli.support.notify import send_digest
from judge_pipeline.cli.support.outcome_table import outcome_table
from judge_pipeline.cli.support.pending_work import PendingWork, check_places, find_work
from judge_pipeline.cli.support.progress import progress_bars
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.composition.loading import build_definitions
from judge_pipeline.dagster_events.run_tags import RunSpent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.read_report import read_report, report_kept
from judge_pipeline.engine.recent_project import RecentProject
from judge_pipeline.engine.report_sources import unchanged_report
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.headline import summary
from judge_pipeline.reporting.page import load_for_page
from judge_pipeline.reporting.report import Report
from judge_pipeline.settings.settings import Settings

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject

MAX_FAILURE_LINES = 50
"""In a terminal; the report has all."""

MANY_IMAGES = 2000
"""From here on a report that would be the same is not written again."""

MODELS_AT_WORK_AFTER_SECONDS = 3.0
"""After so long a run waits for models rather than for imports, and can load what the report needs."""

BUDGET_USED_UP = FinishedRun(
    run_id="",
    stop_reason="stopped: this command has used up its budget; run it again for the rest, with a higher limit or none",
    spent=RunSpent(model_calls=0, cost_usd=0.0),
)
"""Stands in for the run that was not started."""


class Ending(IntEnum):
    """How a command ended, and its exit code. WAITING: nothing is wrong, but images wait for model batches."""

    COMPLETE = 0
    FAILED = 1
    WAITING = 3


@dataclass(slots=True)
class _TagRuns:
    """The runs of a command over what is missing, within one budget."""

    pipeline: PipelineResources
    job: dg.JobDefinition
    instance: dg.DagsterInstance
    terminal: Terminal
    batch_size: int
    budget: CommandBudget
    take_over: bool
    finished: list[FinishedRun] = field(default_factory=list)
    worked_on: set[Tag] = field(default_factory=set)

    @property
    def is_stopped(self) -> bool:
        """Whether the last run ended early, so that none should follow."""
        return bool(self.finished and self.finished[-1].stop_reason)

    def run(self, work: PendingWork) -> None:
        """Runs the missing tags in batches."""
        if not work.missing:
            return
        self.worked_on.update(work.missing)
        in_background(_load_for_page_later)
        with progress_bars(self.pipeline, self.terminal.console, tags=work.missing):
            for batch in partition_ranges(
                known_tags(self.instance), work.missing, size=self.batch_size, done=work.done
            ):
                if self.budget.is_used_up:
                    self.finished.append(BUDGET_USED_UP)
                    break
                config = {**self.budget.config, "take_over": self.take_over and not self.finished}
                run = run_job(self.job, self.instance, tags=batch.run_tags, ops={"path": {"config": config}})
                self.finished.append(run)
                if run.stop_reason:
                    break
                self.budget = self.budget.after(run.spent)


def run_pipeline(
    settings: Settings,
    pipeline: PipelineResources,
    terminal: Terminal,
    *,
    dagster_home: Path,
    limit: int | None = None,
    batch_size: int | None = None,
    take_over: bool = False,
    wait_for_batches: bool = False,
) -> Ending:
    """Captions and judges what is missing and prints the results. First collects what model batches have answered.

    With `wait_for_batches` it goes on as soon as more is answered, until no image waits.

    Raises:
        EncordUnusable, OntologyMismatch, EndpointUnusable: a setting is wrong; no model was called.
        KeyboardInterrupt: a person pressed Ctrl-C; finished work is kept.
    """
    pipeline = replace(pipeline, recent=RecentProject())
    opened_project = in_background(partial(_open_project, pipeline))
    definitions = build_definitions(settings, recent=pipeline.recent)
    with dagster_instance(dagster_home, pipeline.database_url) as instance:
        collect_before_run(pipeline, instance, terminal)
        size = batch_size or settings.judge_pipeline_batch_size
        with terminal.busy("Looking for work in Encord"):
            work = find_work(pipeline, instance, opened_project(), size=size, limit=limit)
        for remark in work.model_remarks:
            terminal.print(remark, style="yellow")
        if not work.missing and not work.waiting:
            terminal.print(
                f"All {len(work.seen.images)} images are judged already."
                if work.is_all_judged
                else f"None of {len(work.seen.images)} images stands in an agent stage, so there is nothing to do."
            )
        runs = _TagRuns(
            pipeline,
            definitions.resolve_job_def("materialize_missing"),
            instance,
            terminal,
            size,
            CommandBudget.of(settings),
            take_over,
        )
        runs.run(work)
        last = ""
        while wait_for_batches and not runs.is_stopped:
            came = await_batches(pipeline, instance, terminal)
            if came in ("", last):  # the last run could not use it
                break
            last = came
            work = find_work(pipeline, instance, pipeline.open_project(), size=size, limit=limit)
            runs.run(work)
        finished = runs.finished
        if runs.worked_on:
            in_background(load_for_page)
            in_background(partial(_open_project, pipeline))  # for the report
        is_in_place = check_places(pipeline, work.project, sorted(runs.worked_on), terminal, work.seen)
        if below := work.project.captions.images_below():
            terminal.print_wrapped(f"{below}.")
        if not runs.worked_on and not work.waiting and print_unchanged_report(pipeline, work, terminal):
            return Ending.COMPLETE if is_in_place else Ending.FAILED
        with report_kept(), terminal.busy("Writing the report"):
            finished.append(run_job(definitions.resolve_job_def("write_report"), instance))
            report = current_report(pipeline)
        send_digest("run", finished, settings, instance, terminal)
    print_results(report, pipeline, terminal)
    has_failed = any(outcome.failures for outcome in report.outcomes)
    waits = print_images_that_wait(pipeline, terminal)
    if not print_stop_reasons(finished, terminal) or not is_in_place or has_failed:
        return Ending.FAILED
    return Ending.WAITING if waits else Ending.COMPLETE


def _load_for_page_later() -> None:
    time.sleep(MODELS_AT_WORK_AFTER_SECONDS)
    load_for_page()


def _open_project(pipeline: PipelineResources) -> "EncordProject":
    """The project, with the datasets that discovery and the first run ask for."""
    project = pipeline.open_project()
    project.read_ahead(())
    return project


def rewrite_report(settings: Settings, pipeline: PipelineResources, terminal: Terminal, *, dagster_home: Path) -> None:
    """Reads people's decisions, writes the report again and prints its headline."""
    with dagster_instance(dagster_home) as instance:
        run_job(build_definitions(settings).resolve_job_def("read_final_choices"), instance)
    print_headline(current_report(pipeline), terminal)


def print_unchanged_report(pipeline: PipelineResources, work: PendingWork, terminal: Terminal) -> bool:
    """Prints what sums up the report of a large project if nothing has failed and nothing has changed since it was written."""
    with pipeline.open_store() as store:
        if len(work.seen.images) < MANY_IMAGES or store.failures():
            return False
    sentences = unchanged_report(pipeline, ontology_version=work.ontology_version)
    if sentences is None:
        return False
    terminal.print("Nothing has changed since the report was written.")
    for sentence in sentences:
        terminal.print_wrapped(sentence)
    terminal.print(f"Report: {pipeline.report_file}")
    return True


def print_results(report: Report, pipeline: PipelineResources, terminal: Terminal) -> None:
    """The table, a line for each failure, the headline and where the report is."""
    terminal.console.print(outcome_table(report, width=terminal.console.width))
    print_failures(report, terminal)
    print_headline(report, terminal)
    terminal.print(f"Report: {pipeline.report_file}")


def print_headline(report: Report, terminal: Terminal) -> None:
    """Which captioner is better, how far to trust that, and the caveats."""
    for sentence in summary(report):
        terminal.print_wrapped(sentence)


def print_stop_reasons(finished: Sequence[FinishedRun], terminal: Terminal) -> bool:
    """Prints why runs stopped early; True if none did."""
    reasons = [run.stop_reason for run in finished if run.stop_reason]
    for reason in reasons:
        terminal.print(reason, style="red")
    return not reasons


def current_report(pipeline: PipelineResources) -> Report:
    """The report on what the store holds now."""
    with pipeline.open_store() as store:
        return read_report(pipeline, store)


def print_failures(report: Report, terminal: Terminal, tags: Collection[Tag] | None = None) -> int:
    """A line for each failure, of these tags or of all; returns how many tags have failed."""
    failed = [each for each in report.outcomes if each.failures and (tags is None or each.tag in tags)]
    lines = [f"{failure.asset} of {visible_line(failure.message)}" for each in failed for failure in each.failures]
    for line in lines[:MAX_FAILURE_LINES]:
        terminal.print(f"failed: {line}", style="red")
    if len(lines) > MAX_FAILURE_LINES:
        terminal.print(f"and {len(lines) - MAX_FAILURE_LINES} more, listed in the report", style="red")
    return len(failed)
