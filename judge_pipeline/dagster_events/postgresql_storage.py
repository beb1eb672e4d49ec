"""Dagster's event log on PostgreSQL, with batches: its own storage announces the partitions of a run one by one.

`deploy/pipeline/dagster.yaml` names this class. It needs `dagster-postgres`, of the extras `cluster` and `k8s`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_postgres import PostgresEventLogStorage
from dagster_postgres.utils import get_token_provider_from_config, pg_url_from_config

from judge_pipeline.dagster_events.event_batches import (
    BatchedEvents,
    ask_for_batches,
    event_rows,
    insert_events,
    update_assets,
)

if TYPE_CHECKING:
    from dagster._serdes import ConfigurableClassData


class BatchedPostgresEventLogStorage(BatchedEvents, PostgresEventLogStorage):
    """Dagster's own storage, tables and settings; a batch of asset events takes one transaction."""

    def write_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Writes asset events of one run: all of them or, after an error, none."""
        rows = event_rows(self, events)
        with self.index_transaction() as connection:
            update_assets(self, connection, events, insert_events(connection, rows))

    @classmethod
    def from_config_value(
        cls, inst_data: "ConfigurableClassData | None", config_value: Mapping[str, Any]
    ) -> "BatchedPostgresEventLogStorage":
        """With the settings of Dagster's own storage, whose method names that class instead of `cls`."""
        ask_for_batches()
        return cls(
            postgres_url=pg_url_from_config(config_value),
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
            inst_data=inst_data,
            token_provider=get_token_provider_from_config(config_value),
        )
