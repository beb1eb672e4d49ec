"""Dagster's web server through the GraphQL API that its pages use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

STATUSES = """
query($path: [String!]!) {
  assetNodeOrError(assetKey: {path: $path}) {
    ... on AssetNode {
      assetPartitionStatuses {
        ... on DefaultPartitionStatuses { materializedPartitions failedPartitions unmaterializedPartitions }
      }
    }
  }
}
"""

LAUNCH = """
mutation LaunchPartitionBackfill($backfillParams: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $backfillParams) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""

REASONS = """
query($path: [String!]!, $partitions: [String!]) {
  assetOrError(assetKey: {path: $path}) {
    ... on Asset { assetObservations(partitions: $partitions) { description } }
  }
}
"""


@dataclass(frozen=True)
class DagsterWeb:
    """The web server at a URL."""

    url: str

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of the answer, which must have no errors."""
        answer = requests.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60).json()
        assert not answer.get("errors"), answer["errors"]
        return answer["data"]

    def partitions(self, asset: str, status: str) -> set[str]:
        """The partitions that an asset's page shows as `materialized`, `failed` or `unmaterialized`."""
        node = self.ask(STATUSES, path=[asset])["assetNodeOrError"]
        return set(node["assetPartitionStatuses"][f"{status}Partitions"])

    def reasons(self, asset: str, partition: str) -> list[str]:
        """The failure reasons on a partition's page."""
        asset_node = self.ask(REASONS, path=[asset], partitions=[partition])["assetOrError"]
        return [observation["description"] for observation in asset_node["assetObservations"]]

    def materialize(self, assets: Sequence[str], partitions: Sequence[str]) -> None:
        """Sends what the button of the materialize dialog sends."""
        launched = self.ask(
            LAUNCH,
            backfillParams={
                "tags": [],
                "assetSelection": [{"path": [asset]} for asset in assets],
                "partitionNames": list(partitions),
                "fromFailure": False,
            },
        )["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
