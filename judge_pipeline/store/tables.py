"""The store's tables. Every row belongs to a project; times are UTC in ISO 8601, so they sort as text.

Their names begin with the package's, because a PostgreSQL database may be shared with Dagster's own tables.
"""

from sqlalchemy import JSON, BigInteger, Column, Float, Integer, MetaData, Table, Text

REVISION = "0006"
"""The last of the revisions under `migrations/`, which make these tables."""

REVISION_TABLE = "judge_pipeline_schema_revision"

metadata = MetaData()

TAG = Text().with_variant(Text(collation="C"), "postgresql")
"""In the order of code points, as Python and SQLite sort: where many rows are locked, all lock them in one order."""

FREE_TEXT = JSON()
"""Foreign text, kept as a JSON string: as plain text PostgreSQL refuses NUL, and both databases half surrogates."""


def _answer_columns() -> list[Column[object]]:
    return [
        Column("purpose", Text, nullable=False),
        Column("text", FREE_TEXT, nullable=False),
        Column("model", FREE_TEXT, nullable=False),
        Column("prompt_tokens", BigInteger),
        Column("completion_tokens", BigInteger),
        Column("cost_usd", Float),
        Column("seconds", Float, nullable=False),
        Column("kept_at", Text, nullable=False),
        Column("cached_tokens", BigInteger),
        Column("image_tokens", BigInteger),
    ]


answers = Table(
    "judge_pipeline_answers",
    metadata,
    Column("project", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    *_answer_columns(),
)
"""Answers that may be served again."""

discarded_answers = Table(
    "judge_pipeline_discarded_answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project", Text, nullable=False, index=True),
    Column("fingerprint", Text, nullable=False),
    *_answer_columns(),
    Column("reason", FREE_TEXT, nullable=False),
    Column("discarded_at", Text, nullable=False),
)
"""Answers that were paid for and could not be used: kept for reading alone."""

results = Table(
    "judge_pipeline_results",
    metadata,
    Column("project", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("value", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
)
"""What an asset found for a tag; `value` is JSON."""

failures = Table(
    "judge_pipeline_failures",
    metadata,
    Column("project", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("title", FREE_TEXT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message", FREE_TEXT, nullable=False),
    Column("run_id", Text),
    Column("failed_at", Text, nullable=False),
)
"""Why an asset has no result for a tag, as of its last attempt."""

intents = Table(
    "judge_pipeline_intents",
    metadata,
    Column("project", Text, primary_key=True),
    Column("effect", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("detail", JSON, nullable=False),
    Column("intended_at", Text, nullable=False),
)
"""Effects on Encord that were about to be made, with what is needed to find them again."""

leases = Table(
    "judge_pipeline_leases",
    metadata,
    Column("project", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("expires_at", Text),
)
"""Who is at work on a tag, and until when; nobody where no time stands. `token` counts how often the tag was taken."""

refreshes = Table(
    "judge_pipeline_refreshes",
    metadata,
    Column("project", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("asked_by", Text, nullable=False),
)
"""How often an asset of a tag was made anew on purpose, and for whom the last time."""

sync_cursors = Table(
    "judge_pipeline_sync_cursors",
    metadata,
    Column("project", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("synced_at", Text, nullable=False),
)
"""How far Encord has been read for an asset."""
