"""What sensors and schedules share: how a tick fails, and whether earlier runs are unfinished."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dagster as dg

from judge_pipeline.automation.support.pending_tags import TooManyTags
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.store.errors import StoreError

SCHEDULE_TAG = "dagster/schedule_name"
SENSOR_TAG = "dagster/sensor_name"
"""Dagster's run tags that name the launcher."""

UNFINISHED = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


def is_any_unfinished(
    instance: dg.DagsterInstance, *, job_name: str | None = None, tags: Mapping[str, str] | None = None
) -> bool:
    """Whether a run of this job, or with these run tags, is queued or under way."""
    wanted = dg.RunsFilter(job_name=job_name, tags=dict(tags or {}), statuses=list(UNFINISHED))
    return instance.get_runs_count(wanted) > 0


@contextmanager
def fail_tick_in_one_sentence() -> Iterator[None]:
    """Turns an expected error into `Failure` with its message: a tick that cannot see must not report that nothing is new."""
    try:
        yield
    except (EncordError, OntologyMismatch, StoreError, TooManyTags) as error:
        raise dg.Failure(str(error)) from None
