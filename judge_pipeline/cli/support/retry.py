"""What `retry-failed` does: list the failed tags, run them again in one run, report the result."""

from collections.abc import Sequence

import dagster as dg

from judge_pipeline.automation.retry_failed import CARRY
from judge_pipeline.automation.support.failed_tags import FailedTag
from judge_pipeline.automation.support.model_batch_tags import waiting_tags
from judge_pipeline.cli.support.job_runs import run_job
from judge_pipeline.cli.support.model_batches import print_images_that_wait
from judge_pipeline.cli.support.notify import send_digest
from judge_pipeline.cli.support.progress import progress_bars
from judge_pipeline.cli.support.run_pipeline import Ending, current_report, print_failures, print_stop_reasons
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.composition.loading import build_definitions
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.batch_opening import check_models
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.settings.settings import Settings


def print_failed_tags(failed: Sequence[FailedTag], terminal: Terminal) -> None:
    """Each failed tag with its image and its reasons."""
    headings = {0: "No tag has failed.", 1: "1 tag has failed:"}
    terminal.print(headings.get(len(failed), f"{len(failed)} tags have failed:"))
    for each in failed:
        when = f"{each.failed_at:%Y-%m-%d %H:%M} UTC" if each.failed_at else "at an unknown time"
        terminal.print(f"{visible_line(each.title)}  {each.tag}  {when}")
        for reason in each.reasons:
            terminal.print(f"    {visible_line(reason)}")


def retry_tags(
    failed: Sequence[FailedTag],
    settings: Settings,
    pipeline: PipelineResources,
    instance: dg.DagsterInstance,
    terminal: Terminal,
) -> Ending:
    """Runs these tags in one run and writes the report.

    Raises:
        EndpointUnusable: a model cannot be used; no model was called.
    """
    for remark in check_models(pipeline):
        terminal.print(remark, style="yellow")
    definitions = build_definitions(settings)
    tags = [each.tag for each in failed]
    config = {CARRY: {"config": {"tags": tags}}}
    with progress_bars(pipeline, terminal.console, tags=tags):
        finished = [run_job(definitions.resolve_job_def("retry_failed"), instance, ops=config)]
    finished.append(run_job(definitions.resolve_job_def("write_report"), instance))
    send_digest("retry-failed", finished, settings, instance, terminal)
    still_failed = print_failures(current_report(pipeline), terminal, set(tags))
    waiting = waiting_tags(pipeline).intersection(tags)
    if waiting:
        print_images_that_wait(pipeline, terminal)
    if not print_stop_reasons(finished, terminal):
        return Ending.FAILED
    done = len(tags) - still_failed - len(waiting)
    terminal.print(f"Done now: {done} of {len(tags)}. Report: {pipeline.report_file}")
    return Ending.FAILED if still_failed else Ending.WAITING if waiting else Ending.COMPLETE
