"""Dagster reached through its web server: GraphQL over plain HTTP, as Dagster's own pages use it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from judge_pipeline.domain.tag import Tag
from judge_pipeline.editor_agent import dagster_queries
from judge_pipeline.editor_agent.dagster_runs import (
    PATH_JOB,
    REJUDGED,
    SENSOR,
    DagsterUnavailable,
    QueuedRun,
    range_tags,
)

TIMEOUT_SECONDS = 90
"""A tick that looks at 10,000 images for the first time takes seconds; Dagster itself gives a sensor 60."""

UNDER_WAY = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the web server keeps our definitions."""

    location: str
    repository: str

    @property
    def selector(self) -> dict[str, str]:
        return {"repositoryLocationName": self.location, "repositoryName": self.repository}


class DagsterWebserver:
    """The web server at a URL; nothing is asked before it is needed, and nothing is remembered."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def rejudge(self, tag: Tag) -> QueuedRun:
        """Queues a run that asks the judge again about one tag, unless there is one already.

        Raises:
            DagsterUnavailable: the web server does not answer, or does not take it.
        """
        wanted = {"tags": [{"key": REJUDGED, "value": tag}], "statuses": list(UNDER_WAY)}
        under_way = self._ask(dagster_queries.RUNS, filter=wanted)["runsOrError"]["results"]
        if under_way:
            return self._queued(under_way[0]["runId"], is_new=False)
        run_id = self._launch(
            self._place(),
            assets=["judgements"],
            config={"ops": {"path": {"config": {"refresh": True}}}},
            tags={**range_tags(tag, tag), REJUDGED: tag},
        )
        return self._queued(run_id, is_new=True)

    def find_new_images(self) -> str:
        """One tick of the sensor, from its own cursor: partitions added, runs queued, the cursor moved on.

        Raises:
            DagsterUnavailable: the web server does not answer, or the tick failed.
        """
        place = self._place()
        sensor = {**place.selector, "sensorName": SENSOR}
        state = self._ask(dagster_queries.SENSOR_STATE, sensor=sensor)["sensorOrError"]
        cursor = ((state.get("sensorState") or {}).get("typeSpecificData") or {}).get("lastCursor")
        tick = self._ask(dagster_queries.DRY_RUN, sensor=sensor, cursor=cursor)["sensorDryRun"].get("evaluationResult")
        if not tick or tick["error"]:
            said = tick["error"]["message"] if tick else "it does not know the sensor"
            raise DagsterUnavailable(f"Dagster at {self._url} cannot look for new images: {_one_line(said)}")
        keys = [
            (request["partitionsDefName"], key)
            for request in tick["dynamicPartitionsRequests"] or ()
            for key in request["partitionKeys"]
        ]
        for name, key in keys:
            self._ask(dagster_queries.ADD_PARTITION, repository=place.selector, name=name, key=key)
        runs = tick["runRequests"] or ()
        for run in runs:
            self._launch(place, tags={each["key"]: each["value"] for each in run["tags"]})
        if tick["cursor"] and tick["cursor"] != cursor:
            self._ask(dagster_queries.SET_CURSOR, sensor=sensor, cursor=tick["cursor"])
        return f"{len(keys)} new, {len(runs)} runs queued" if keys else tick["skipReason"] or "none"

    def _place(self) -> _Place:
        repositories = self._ask(dagster_queries.REPOSITORIES)["repositoriesOrError"].get("nodes", ())
        for repository in repositories:
            jobs = {job["name"] for job in repository["jobs"]}
            sensors = {sensor["name"] for sensor in repository["sensors"]}
            if PATH_JOB in jobs and SENSOR in sensors:
                return _Place(repository["location"]["name"], repository["name"])
        raise DagsterUnavailable(
            f"Dagster at {self._url} has no code location with the job {PATH_JOB} and the sensor {SENSOR}; "
            "load judge_pipeline.definitions there, or correct DAGSTER_WEBSERVER_URL"
        )

    def _launch(
        self,
        place: _Place,
        *,
        tags: Mapping[str, str],
        assets: Sequence[str] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> str:
        selection = None if assets is None else [{"path": [asset]} for asset in assets]
        params = {
            "selector": {**place.selector, "jobName": PATH_JOB, "assetSelection": selection},
            "runConfigData": dict(config or {}),
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        launched = self._ask(dagster_queries.LAUNCH, params=params)["launchRun"]
        if "run" not in launched:
            raise DagsterUnavailable(f"Dagster at {self._url} does not take the run: {_one_line(str(launched))}")
        return str(launched["run"]["runId"])

    def _queued(self, run_id: str, *, is_new: bool) -> QueuedRun:
        return QueuedRun(run_id, f"{self._url}/runs/{run_id}", is_new=is_new)

    def _ask(self, query: str, **variables: Any) -> Any:
        try:
            answer = requests.post(
                f"{self._url}/graphql",
                json={"query": query, "variables": variables},
                timeout=TIMEOUT_SECONDS,
            ).json()
        except requests.exceptions.RequestException as error:  # JSON that cannot be read is one as well
            raise DagsterUnavailable(
                f"Dagster at {self._url} cannot be reached: {type(error).__name__}; check DAGSTER_WEBSERVER_URL"
            ) from None
        if not isinstance(answer, dict) or answer.get("errors") or not answer.get("data"):
            raise DagsterUnavailable(f"Dagster at {self._url} answers with an error: {_one_line(str(answer))}")
        return answer["data"]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
