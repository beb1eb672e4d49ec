"""The Alembic revisions that create the tables; `judge_pipeline.store.schema` runs them.

env           Alembic's entry point: the connection, and the table that records the revision
versions/     the revisions, one file each

Not here: the tables as the code uses them (`judge_pipeline.store.tables`).
"""
