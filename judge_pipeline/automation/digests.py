"""The sensor that tells people what became of their runs: one digest for each backfill, tick or launch, once all of it has ended."""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from judge_pipeline.automation.ended_runs import LATE, ended_since
from judge_pipeline.automation.notifier import Notifier
from judge_pipeline.automation.run_groups import RunGroup

SECONDS_BETWEEN_LOOKS = 30

SENDING_SECONDS = 15.0
"""After these no further digest is begun: silent receivers hold one up for 38 s, and Dagster ends a tick after 60."""

logger = logging.getLogger("judge_pipeline")


@dataclass(slots=True)
class DigestCursor:
    """The cursor: what has ended since `begun` is told of once. `waiting` are groups of which something has ended.

    `noticed` are the ends of the last runs by their ids, because an end may be written later than a later one.
    """

    begun: datetime
    until: datetime
    noticed: dict[str, str] = field(default_factory=dict)
    waiting: list[RunGroup] = field(default_factory=list)

    @classmethod
    def read(cls, cursor: str | None, *, now: datetime) -> "DigestCursor":
        """Without a cursor, or with one that cannot be read, the past is left alone."""
        try:
            kept = json.loads(cursor or "")
            groups = [RunGroup(tag, value) for tag, value in kept["waiting"]]
            begun, until = (datetime.fromisoformat(kept[name]) for name in ("begun", "until"))
            return cls(begun, until, dict(kept["noticed"]), groups)
        except (ValueError, KeyError, TypeError):
            return cls(now, now)

    def write(self) -> str:
        """The cursor for the next tick."""
        kept: dict[str, Any] = {"begun": self.begun.isoformat(), "until": self.until.isoformat()}
        kept["noticed"] = self.noticed
        kept["waiting"] = [[group.tag, group.value] for group in self.waiting]
        return json.dumps(kept)

    def notice(self, instance: dg.DagsterInstance) -> None:
        """Takes up the groups of the runs that have ended since."""
        for run, end in ended_since(instance, max(self.begun, self.until - LATE)):
            group = RunGroup.of(run)
            if run.run_id not in self.noticed and group not in self.waiting:
                self.waiting.append(group)
            self.noticed[run.run_id] = end.isoformat()
            self.until = max(self.until, end)
        forgotten = (self.until - 2 * LATE).isoformat()
        self.noticed = {run_id: end for run_id, end in self.noticed.items() if end >= forgotten}

    def take_ended(self, instance: dg.DagsterInstance) -> Iterator[RunGroup]:
        """The groups that have ended as a whole, each taken off the list when it is asked for."""
        for group in list(self.waiting):
            if group.has_ended(instance):
                self.waiting.remove(group)
                yield group


def digests_sensor(notifier: Notifier, *, webserver_url: str | None) -> dg.SensorDefinition:
    """On from the start: it reads what Dagster knows, and sends it only where an address is set."""

    @dg.sensor(
        name="digests",
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells of each backfill, tick or run that has ended: counts, cost, first errors, link; to the log, and "
        "to Slack or a webhook where one is set. Runs that a command has started are told of by the command.",
    )
    def digests(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        instance = context.instance
        told = DigestCursor.read(context.cursor, now=datetime.now(UTC))
        told.notice(instance)
        titles = []
        deadline = time.monotonic() + SENDING_SECONDS
        for group in told.take_ended(instance):
            digest = group.digest(instance, webserver_url=webserver_url)
            logger.info("%s", digest.to_text())
            notifier.send(digest, log=logger.warning)
            titles.append(digest.title)
            if time.monotonic() > deadline:
                break
        said = f"told of {', '.join(titles)}" if titles else "nothing has ended that was not told of"
        return dg.SensorResult(skip_reason=said, cursor=told.write())

    return digests
