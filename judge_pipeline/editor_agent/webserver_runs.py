"""Dagster through its web server: the GraphQL API that Dagster's own pages use."""

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
"""A first tick over 10,000 images takes seconds; Dagster allows a sensor 60."""

UNFINISHED = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED")


@dataclass(frozen=True, slots=True)
class _CodeLocation:
    """The code location and repository of our definitions."""

    name: str
    repository: str

    @property
    def selector(self) -> dict[str, str]:
        return {"repositoryLocationName": self.name, "repositoryName": self.repository}


class WebserverRuns:
    """Runs started through the web server at a URL; stateless, and connects on the first call."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def rejudge(self, tag: Tag) -> QueuedRun:
        """Queues a run that asks the judge again about one tag, unless there is one already.

        Raises:
            DagsterUnavailable: the web server does not respond, or refuses the run.
        """
        same_tag = {"tags": [{"key": REJUDGED, "value": tag}], "statuses": list(UNFINISHED)}
        unfinished = self._query(dagster_queries.RUNS, filter=same_tag)["runsOrError"]["results"]
        if unfinished:
            return self._queued(unfinished[0]["runId"], is_new=False)
        run_id = self._launch(
            self._code_location(),
            assets=["judgements"],
            config={"ops": {"path": {"config": {"refresh": True}}}},
            tags={**range_tags(tag, tag), REJUDGED: tag},
        )
        return self._queued(run_id, is_new=True)

    def find_new_images(self) -> str:
        """One tick of the sensor from its own cursor: adds partitions, queues runs, advances the cursor.

        Raises:
            DagsterUnavailable: the web server does not respond, or the tick failed.
        """
        location = self._code_location()
        sensor = {**location.selector, "sensorName": SENSOR}
        state = self._query(dagster_queries.SENSOR_STATE, sensor=sensor)["sensorOrError"]
        cursor = ((state.get("sensorState") or {}).get("typeSpecificData") or {}).get("lastCursor")
        tick = self._query(dagster_queries.DRY_RUN, sensor=sensor, cursor=cursor)["sensorDryRun"].get(
            "evaluationResult"
        )
        if not tick or tick["error"]:
            reason = tick["error"]["message"] if tick else f"it has no sensor {SENSOR}"
            raise DagsterUnavailable(f"Dagster at {self._url} cannot look for new images: {_one_line(reason)}")
        keys = [
            (request["partitionsDefName"], key)
            for request in tick["dynamicPartitionsRequests"] or ()
            for key in request["partitionKeys"]
        ]
        for name, key in keys:
            self._query(dagster_queries.ADD_PARTITION, repository=location.selector, name=name, key=key)
        runs = tick["runRequests"] or ()
        for run in runs:
            self._launch(location, tags={each["key"]: each["value"] for each in run["tags"]})
        if tick["cursor"] and tick["cursor"] != cursor:
            self._query(dagster_queries.SET_CURSOR, sensor=sensor, cursor=tick["cursor"])
        return f"{len(keys)} new, {len(runs)} runs queued" if keys else tick["skipReason"] or "none"

    def _code_location(self) -> _CodeLocation:
        repositories = self._query(dagster_queries.REPOSITORIES)["repositoriesOrError"].get("nodes", ())
        for repository in repositories:
            jobs = {job["name"] for job in repository["jobs"]}
            sensors = {sensor["name"] for sensor in repository["sensors"]}
            if PATH_JOB in jobs and SENSOR in sensors:
                return _CodeLocation(repository["location"]["name"], repository["name"])
        raise DagsterUnavailable(
            f"Dagster at {self._url} has no code location with the job {PATH_JOB} and the sensor {SENSOR}; "
            "load judge_pipeline.definitions there or correct DAGSTER_WEBSERVER_URL"
        )

    def _launch(
        self,
        location: _CodeLocation,
        *,
        tags: Mapping[str, str],
        assets: Sequence[str] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> str:
        selection = None if assets is None else [{"path": [asset]} for asset in assets]
        params = {
            "selector": {**location.selector, "jobName": PATH_JOB, "assetSelection": selection},
            "runConfigData": dict(config or {}),
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        launched = self._query(dagster_queries.LAUNCH, params=params)["launchRun"]
        if "run" not in launched:
            raise DagsterUnavailable(f"Dagster at {self._url} refused the run: {_one_line(str(launched))}")
        return str(launched["run"]["runId"])

    def _queued(self, run_id: str, *, is_new: bool) -> QueuedRun:
        return QueuedRun(run_id, f"{self._url}/runs/{run_id}", is_new=is_new)

    def _query(self, query: str, **variables: Any) -> Any:
        try:
            response = requests.post(
                f"{self._url}/graphql",
                json={"query": query, "variables": variables},
                timeout=TIMEOUT_SECONDS,
            ).json()
        except requests.exceptions.RequestException as error:  # also raised for invalid JSON
            raise DagsterUnavailable(
                f"Dagster at {self._url} cannot be reached: {type(error).__name__}; check DAGSTER_WEBSERVER_URL"
            ) from None
        if not isinstance(response, dict) or response.get("errors") or not response.get("data"):
            raise DagsterUnavailable(f"Dagster at {self._url} returned an error: {_one_line(str(response))}")
        return response["data"]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
