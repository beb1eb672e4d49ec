"""How the tables came to be what they are, as Alembic revisions; `judge_pipeline.store.schema` runs them."""
