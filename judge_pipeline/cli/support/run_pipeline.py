"""The work itself, as `demo` and `run` do it: new images found, what is missing materialised in batches, the report written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from judge_pipeline.assets.partitions import add_tags, known_tags
from judge_pipeline.automation.support.partition_ranges import partition_ranges
from judge_pipeline.automation.support.pending_tags import judged_tags, missing_tags, new_tags
from judge_pipeline.cli.support.dagster_home import dagster_instance
from judge_pipeline.cli.support.job_runs import EndedRun, run_quietly
from judge_pipeline.cli.support.notify import announce
from judge_pipeline.cli.support.outcome_table import outcome_table
from judge_pipeline.cli.support.progress import progress_of
from judge_pipeline.cli.support.spending_caps import NOT_BEGUN, Caps
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.composition import build_definitions
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.batch_context import check_models
from judge_pipeline.engine.collecting import collect_seldom
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.headline import agreement_sentence, cautions, headline
from judge_pipeline.reporting.report import Report
from judge_pipeline.settings.settings import Settings
from judge_pipeline.store.outcomes import outcomes_of
from judge_pipeline.store.store import Store

FAILURES_TOLD = 50
"""Lines of failures that a terminal shows."""


@dataclass(frozen=True, slots=True)
class Work:
    """The tags of the project's images, those that cost nothing more, and those without a judgement that nobody has finished."""

    tags: list[Tag]
    done: set[Tag]
    missing: list[Tag]


def work_through(
    settings: Settings,
    pipeline: PipelineResources,
    terminal: Terminal,
    *,
    dagster_home: Path,
    limit: int | None = None,
    batch_size: int | None = None,
) -> bool:
    """Does what there is to do and shows it; False when something failed.

    Raises:
        EncordUnusable, OntologyMismatch, EndpointUnusable: a setting is wrong; no model has been asked anything.
        KeyboardInterrupt: a person has had enough; what is done is kept.
    """
    collect_seldom()
    definitions = build_definitions(settings)
    with dagster_instance(dagster_home) as instance:
        work = find_work(pipeline, instance, limit=limit)
        ended: list[EndedRun] = []
        if work.missing:
            with progress_of(pipeline, terminal.console, tags=work.missing):
                job = definitions.resolve_job_def("materialize_missing")
                keys = known_tags(instance)
                size = batch_size or settings.judge_pipeline_batch_size
                caps = Caps.of(settings)
                for batch in partition_ranges(keys, work.missing, size=size, done=work.done):
                    if caps.are_used_up:
                        ended.append(NOT_BEGUN)
                        break
                    run = run_quietly(job, instance, tags=batch.run_tags, ops={"path": caps.config})
                    ended.append(run)
                    if run.stopped:
                        break
                    caps = caps.after(run.spent)
        else:
            terminal.say(f"All {len(work.tags)} images are judged already.")
        ended.append(run_quietly(definitions.resolve_job_def("write_report"), instance))
        announce("run", ended, settings, instance, terminal)
    report = report_now(pipeline)
    show(report, pipeline, terminal)
    return print_stops(ended, terminal) and not any(outcome.failures for outcome in report.outcomes)


def write_report_again(
    settings: Settings, pipeline: PipelineResources, terminal: Terminal, *, dagster_home: Path
) -> None:
    """Reads what has been decided by now, writes the report, and says what it says."""
    with dagster_instance(dagster_home) as instance:
        run_quietly(build_definitions(settings).resolve_job_def("read_final_choices"), instance)
    print_headline(report_now(pipeline), terminal)


def find_work(pipeline: PipelineResources, instance: dg.DagsterInstance, *, limit: int | None = None) -> Work:
    """Opens and checks the project, adds partitions for new images, and checks the models if anything is missing.

    Raises:
        EncordUnusable, OntologyMismatch, EndpointUnusable: a setting is wrong; no model has been asked anything.
    """
    project = EncordProject.open(pipeline.connection, pipeline.project_hash)
    ontology_version = pipeline.titles.roles_in(project.ontology).version
    snapshot = project.snapshot()
    new = new_tags(snapshot, known_tags(instance))
    if new.all:
        add_tags(instance, new.all)
    judged = judged_tags(pipeline, ontology_version)
    missing = missing_tags(snapshot, judged.all)[:limit]
    if missing:
        check_models(pipeline)
    return Work(list(snapshot.images), judged.up_to_date, missing)


def show(report: Report, pipeline: PipelineResources, terminal: Terminal) -> None:
    """The table, each failure in a line, and the report in a sentence."""
    terminal.console.print(outcome_table(report, width=terminal.console.width))
    print_failures(report, terminal)
    print_headline(report, terminal)
    terminal.say(f"Report: {pipeline.report_file}")


def print_headline(report: Report, terminal: Terminal) -> None:
    """Which captioner is better, how far that can be trusted, and what must be said beside it."""
    for sentence in (headline(report), agreement_sentence(report), *cautions(report)):
        terminal.explain(sentence)


def print_stops(ended: Sequence[EndedRun], terminal: Terminal) -> bool:
    """Says why runs stopped before their end; True when none did."""
    reasons = [run.stopped for run in ended if run.stopped]
    for reason in reasons:
        terminal.say(reason, style="red")
    return not reasons


def report_now(pipeline: PipelineResources) -> Report:
    """The report on what the store knows now."""
    store = Store.open(pipeline.database_url)
    try:
        return Report(outcomes_of(store.project(pipeline.project_hash)))
    finally:
        store.close()


def print_failures(report: Report, terminal: Terminal, tags: Collection[Tag] | None = None) -> int:
    """A line for each failure of these tags, or of any; returns how many tags have failed."""
    failed = [each for each in report.outcomes if each.failures and (tags is None or each.tag in tags)]
    lines = [f"{failure.asset} of {visible_line(failure.message)}" for each in failed for failure in each.failures]
    for line in lines[:FAILURES_TOLD]:
        terminal.say(f"failed: {line}", style="red")
    if len(lines) > FAILURES_TOLD:
        terminal.say(f"and {len(lines) - FAILURES_TOLD} more, which the report has", style="red")
    return len(failed)
