"""What Alembic asks before it runs revisions: on which connection, and where it notes the one that it has come to."""

from alembic import context

from judge_pipeline.store.tables import REVISION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=REVISION_TABLE
)
context.run_migrations()
