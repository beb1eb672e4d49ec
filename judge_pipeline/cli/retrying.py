"""What `retry-failed` does: the failed tags told, carried again in one run, and what came of them."""

from collections.abc import Sequence

import dagster as dg

from judge_pipeline.assets.bench import check_models
from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.automation.failed_tags import FailedTag
from judge_pipeline.automation.retrying import carry_failed_tags
from judge_pipeline.cli.announcing import announce
from judge_pipeline.cli.job_runs import run_quietly
from judge_pipeline.cli.progress import progress_of
from judge_pipeline.cli.terminal import Terminal
from judge_pipeline.cli.working import report_now, tell_failures, tell_stops
from judge_pipeline.definitions import build_definitions
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.settings import Settings


def tell(failed: Sequence[FailedTag], terminal: Terminal) -> None:
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
    workbench: Workbench,
    instance: dg.DagsterInstance,
    terminal: Terminal,
) -> bool:
    """Carries these tags in one run and writes the report; False when some have failed again.

    Raises:
        EndpointUnusable: a model cannot be used; none has been asked anything.
    """
    check_models(workbench)
    definitions = build_definitions(settings)
    tags = [each.tag for each in failed]
    config = {carry_failed_tags.name: {"config": {"tags": tags}}}
    with progress_of(workbench, terminal.console, tags=tags):
        ended = [run_quietly(definitions.resolve_job_def("retry_failed"), instance, ops=config)]
    ended.append(run_quietly(definitions.resolve_job_def("write_report"), instance))
    announce("retry-failed", ended, settings, instance, terminal)
    still_failed = tell_failures(report_now(workbench), terminal, set(tags))
    is_whole = tell_stops(ended, terminal)
    if is_whole:
        terminal.say(f"Done now: {len(tags) - still_failed} of {len(tags)}. Report: {workbench.report_file}")
    return is_whole and not still_failed
