"""Alembic's entry point: the connection to run on, and the table that records the revision."""

from alembic import context

from judge_pipeline.store.tables import REVISION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=REVISION_TABLE
)
context.run_migrations()
