"""The sensor that reports finished runs: one digest per backfill, tick or launch, once all of its runs have ended."""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from judge_pipeline.automation.support.notifier import Notifier
from judge_pipeline.automation.support.run_groups import RunGroup
from judge_pipeline.automation.support.tag_runs import MAX_DELAY, ended_since
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames

SECONDS_BETWEEN_TICKS = 30

SENDING_SECONDS = 15.0
"""No digest is started after this: receivers that do not answer take up to 38 s, and Dagster ends a tick after 60."""

logger = logging.getLogger("judge_pipeline")


@dataclass(slots=True)
class DigestCursor:
    """The sensor's cursor. Each run that ended after `since` is reported once.

    `seen` maps the latest runs' ids to their end times, because Dagster may record an earlier end after a later one.
    `pending` holds the groups of which a run has ended and no digest has been sent.
    """

    since: datetime
    last_end: datetime
    seen: dict[str, str] = field(default_factory=dict)
    pending: list[RunGroup] = field(default_factory=list)

    @classmethod
    def parse(cls, cursor: str | None, *, now: datetime) -> "DigestCursor":
        """Without a readable cursor, starts `now` and ignores earlier runs."""
        try:
            values = json.loads(cursor or "")
            groups = [RunGroup(tag, value) for tag, value in values["waiting"]]
            since, last_end = (datetime.fromisoformat(values[name]) for name in ("begun", "until"))
            return cls(since, last_end, dict(values["noticed"]), groups)
        except (ValueError, KeyError, TypeError):
            return cls(now, now)

    def to_json(self) -> str:
        """The text for the next tick."""
        values: dict[str, Any] = {"begun": self.since.isoformat(), "until": self.last_end.isoformat()}
        values["noticed"] = self.seen
        values["waiting"] = [[group.tag, group.value] for group in self.pending]
        return json.dumps(values)

    def add_ended_runs(self, instance: dg.DagsterInstance, names: PipelineNames = UNPREFIXED) -> None:
        """Adds the groups of the runs that have ended since the last tick."""
        for run, end in ended_since(instance, max(self.since, self.last_end - MAX_DELAY), names):
            group = RunGroup.of(run)
            if run.run_id not in self.seen and group not in self.pending:
                self.pending.append(group)
            self.seen[run.run_id] = end.isoformat()
            self.last_end = max(self.last_end, end)
        expired = (self.last_end - 2 * MAX_DELAY).isoformat()
        self.seen = {run_id: end for run_id, end in self.seen.items() if end >= expired}

    def pop_finished_groups(self, instance: dg.DagsterInstance) -> Iterator[RunGroup]:
        """The pending groups whose runs have all ended; each is removed as it is yielded."""
        for group in list(self.pending):
            if group.has_ended(instance):
                self.pending.remove(group)
                yield group


def digests_sensor(
    notifier: Notifier, *, webserver_url: str | None, names: PipelineNames = UNPREFIXED
) -> dg.SensorDefinition:
    """On by default: it only reads Dagster's run history, and sends nothing unless an address is set."""

    @dg.sensor(
        name=names.of("digests"),
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports each backfill, tick or run that has ended: counts, cost, first errors, link. Goes to the log, and "
        "to Slack or a webhook if one is set. Commands report their runs themselves.",
    )
    def digests(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        instance = context.instance
        cursor = DigestCursor.parse(context.cursor, now=datetime.now(UTC))
        cursor.add_ended_runs(instance, names)
        titles = []
        deadline = time.monotonic() + SENDING_SECONDS
        for group in cursor.pop_finished_groups(instance):
            digest = group.digest(instance, webserver_url=webserver_url, names=names)
            logger.info("%s", digest.to_text())
            notifier.send(digest, log=logger.warning)
            titles.append(digest.title)
            if time.monotonic() > deadline:
                break
        summary = f"reported {', '.join(titles)}" if titles else "no runs to report"
        return dg.SensorResult(skip_reason=summary, cursor=cursor.to_json())

    return digests
