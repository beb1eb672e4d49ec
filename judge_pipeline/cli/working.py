"""The work itself, as `demo` and `run` do it: new images found, what is missing materialised in batches, the report written."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from judge_pipeline.assets.bench import check_models
from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.assets.report import report_of
from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.automation.batches import batches
from judge_pipeline.automation.finding import judged_tags, new_tags
from judge_pipeline.cli.dagster_home import dagster_instance
from judge_pipeline.cli.job_runs import run_quietly
from judge_pipeline.cli.outcome_table import outcome_table
from judge_pipeline.cli.progress import progress_of
from judge_pipeline.cli.terminal import Terminal
from judge_pipeline.definitions import build_definitions
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.domain.workflow import FINISHED_STAGES
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.reporting.headline import cautions, headline
from judge_pipeline.reporting.numbers import Report
from judge_pipeline.settings import Settings
from judge_pipeline.store.store import Store


@dataclass(frozen=True, slots=True)
class Work:
    """The tags of the project's images, and those of them that have no judgement and that nobody has finished."""

    tags: list[Tag]
    missing: list[Tag]


def work_through(
    settings: Settings,
    workbench: Workbench,
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
    definitions = build_definitions(settings)
    with dagster_instance(dagster_home) as instance:
        work = find_work(workbench, instance, limit=limit)
        stopped: list[str] = []
        if work.missing:
            with progress_of(workbench, terminal.console, tags=len(work.tags)):
                job = definitions.resolve_job_def("materialize_missing")
                keys = instance.get_dynamic_partitions(TAGS.name or "")
                for batch in batches(keys, work.missing, size=batch_size or settings.judge_pipeline_batch_size):
                    if reason := run_quietly(job, instance, tags=batch.run_tags):
                        stopped.append(reason)
                        break
        else:
            terminal.say(f"All {len(work.tags)} images are judged already.")
        if reason := run_quietly(definitions.resolve_job_def("write_report"), instance):
            stopped.append(reason)
    report = _report(workbench)
    show(report, workbench, terminal)
    for reason in stopped:
        terminal.say(reason, style="red")
    return not stopped and not any(outcome.failures for outcome in report.outcomes)


def find_work(workbench: Workbench, instance: dg.DagsterInstance, *, limit: int | None = None) -> Work:
    """Opens and checks the project, adds partitions for new images, and checks the models if anything is missing.

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
    open_tags = [tag for tag, row in board.images.items() if row.stage not in FINISHED_STAGES]
    missing = [tag for tag in open_tags if tag not in judged][:limit]
    if missing:
        check_models(workbench)
    return Work(list(board.images), missing)


def show(report: Report, workbench: Workbench, terminal: Terminal) -> None:
    """The table, each failure in a line, and the report in a sentence."""
    terminal.console.print(outcome_table(report, width=terminal.console.width))
    for failure in _failures(report):
        terminal.say(f"failed: {failure}", style="red")
    terminal.explain(headline(report))
    for caution in cautions(report):
        terminal.explain(caution)
    terminal.say(f"Report: {workbench.report_file}")


def _report(workbench: Workbench) -> Report:
    store = Store.open(workbench.database_url)
    try:
        return report_of(store.project(workbench.project_hash))
    finally:
        store.close()


def _failures(report: Report) -> Sequence[str]:
    return [
        f"{failure.asset} of {visible_line(failure.message)}"
        for outcome in report.outcomes
        for failure in outcome.failures
    ]
