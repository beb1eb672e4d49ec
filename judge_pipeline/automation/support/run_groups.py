"""Runs that were launched together: by a backfill, a tick of a schedule or sensor, or a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import dagster as dg

from judge_pipeline.automation.support.tag_runs import processes_tags, run_result, will_be_retried
from judge_pipeline.automation.support.ticks import SCHEDULE_TAG, SENSOR_TAG
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.reporting.digest import Digest

BACKFILL = "dagster/backfill"
TICK = "dagster/tick"
LAUNCHERS = {SCHEDULE_TAG: "Schedule", SENSOR_TAG: "Sensor"}

ENDED_BACKFILLS = frozenset({"COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"})


@dataclass(frozen=True, slots=True)
class RunGroup:
    """The runs that share this value of a run tag; without a tag, the one run with this id."""

    tag: str | None
    value: str

    @classmethod
    def of(cls, run: dg.DagsterRun) -> "RunGroup":
        """The group of a run."""
        for tag in (BACKFILL, TICK):
            if tag in run.tags:
                return cls(tag, run.tags[tag])
        return cls(None, run.run_id)

    def has_ended(self, instance: dg.DagsterInstance) -> bool:
        """Whether every run has ended and no more will be launched; a backfill launches its runs little by little."""
        if self.tag == BACKFILL:
            backfill = instance.get_backfill(self.value)
            return backfill is None or backfill.status.value in ENDED_BACKFILLS
        return all(run.is_finished for run in self._runs(instance))

    def digest(
        self, instance: dg.DagsterInstance, *, webserver_url: str | None, names: PipelineNames = UNPREFIXED
    ) -> Digest:
        """The results of those runs that process tags."""
        runs = [run for run in self._runs(instance) if processes_tags(run, names) and not will_be_retried(run)]
        url = f"{webserver_url.rstrip('/')}{self._page()}" if webserver_url else None
        return Digest(self._title(runs), tuple(run_result(instance, run) for run in runs), url)

    def _runs(self, instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
        """In the order of their launch."""
        wanted = dg.RunsFilter(tags={self.tag: self.value}) if self.tag else dg.RunsFilter(run_ids=[self.value])
        return list(reversed(instance.get_runs(wanted)))

    def _title(self, runs: Sequence[dg.DagsterRun]) -> str:
        if self.tag == TICK:
            for run in runs:
                for tag, launcher in LAUNCHERS.items():
                    if tag in run.tags:
                        return f"{launcher} {run.tags[tag]}"
        return f"{'Backfill' if self.tag == BACKFILL else 'Run'} {self.value[:8]}"

    def _page(self) -> str:
        if self.tag == BACKFILL:
            return f"/runs/b/{self.value}"
        return f"/runs?q[0]={quote(f'tag:{self.tag}={self.value}', safe='')}" if self.tag else f"/runs/{self.value}"
