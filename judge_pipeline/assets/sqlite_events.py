"""Kept for homes made before the class moved: their `dagster.yaml` names this module."""

from judge_pipeline.dagster_events.sqlite_storage import BatchedSqliteEventLogStorage

__all__ = ["BatchedSqliteEventLogStorage"]
