"""What `retry-failed` does: the failed tags told, carried again in one run, and what came of them."""

from collections.abc import Sequence

import dagster as dg

from judge_pipeline.automation.retry_failed import carry_failed_tags
from judge_pipeline.automation.support.failed_tags import FailedTag
from judge_pipeline.cli.support.job_runs import run_quietly
from judge_pipeline.cli.support.notify import announce
from judge_pipeline.cli.support.progress import progress_of
from judge_pipeline.cli.support.run_pipeline import print_failures, print_stops, report_now
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.composition import build_definitions
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.batch_context import check_models
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.settings.settings import Settings


def list_failures(failed: Sequence[FailedTag], terminal: Terminal) -> None:
    """Every failed tag with its image and its reasons."""
    counted = {0: "No tag has failed.", 1: "1 tag has failed:"}
    terminal.say(counted.get(len(failed), f"{len(failed)} tags have failed:"))
    for each in failed:
        when = f"{each.failed_at:%Y-%m-%d %H:%M} UTC" if each.failed_at else "at an unknown time"
        terminal.say(f"{visible_line(each.title)}  {each.tag}  {when}")
        for reason in each.reasons:
            terminal.say(f"    {visible_line(reason)}")


def retry(
    failed: Sequence[FailedTag],
    settings: Settings,
    pipeline: PipelineResources,
    instance: dg.DagsterInstance,
    terminal: Terminal,
) -> bool:
    """Carries these tags in one run and writes the report; False when some have failed again.

    Raises:
        EndpointUnusable: a model cannot be used; none has been asked anything.
    """
    check_models(pipeline)
    definitions = build_definitions(settings)
    tags = [each.tag for each in failed]
    config = {carry_failed_tags.name: {"config": {"tags": tags}}}
    with progress_of(pipeline, terminal.console, tags=tags):
        ended = [run_quietly(definitions.resolve_job_def("retry_failed"), instance, ops=config)]
    ended.append(run_quietly(definitions.resolve_job_def("write_report"), instance))
    announce("retry-failed", ended, settings, instance, terminal)
    still_failed = print_failures(report_now(pipeline), terminal, set(tags))
    is_whole = print_stops(ended, terminal)
    if is_whole:
        terminal.say(f"Done now: {len(tags) - still_failed} of {len(tags)}. Report: {pipeline.report_file}")
    return is_whole and not still_failed
