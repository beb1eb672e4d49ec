"""Sends one digest for all runs of a command."""

from collections.abc import Sequence

import dagster as dg

from judge_pipeline.automation.support.notifier import NO_RECEIVERS
from judge_pipeline.automation.support.tag_runs import processes_tags, run_result
from judge_pipeline.cli.support.job_runs import FinishedRun
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.composition.loading import make_notifier
from judge_pipeline.reporting.digest import Digest
from judge_pipeline.settings.settings import Settings


def send_digest(
    command: str, finished: Sequence[FinishedRun], settings: Settings, instance: dg.DagsterInstance, terminal: Terminal
) -> None:
    """Does nothing if no webhook is set or the command had nothing to do."""
    notifier = make_notifier(settings)
    found = [instance.get_run_by_id(run.run_id) for run in finished if run.run_id]
    runs = [run for run in found if run is not None and processes_tags(run)]
    if notifier == NO_RECEIVERS or not runs:
        return
    url = f"{settings.dagster_webserver_url}/runs" if settings.dagster_webserver_url else None
    digest = Digest(f"judge-pipeline {command}", tuple(run_result(instance, run) for run in runs), url)
    notifier.send(digest, log=terminal.print)
