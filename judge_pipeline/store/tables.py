"""The store's tables. Every row belongs to a project; times are UTC in ISO 8601, so they sort as text.

Table names start with the package's name, because Dagster's own tables may be in the same PostgreSQL database.
"""

from sqlalchemy import JSON, BigInteger, Column, Float, Index, Integer, MetaData, Table, Text

REVISION = "0015"
"""The latest revision under `migrations/`, which creates these tables."""

REVISION_TABLE = "judge_pipeline_schema_revision"

metadata = MetaData()

TAG = Text().with_variant(Text(collation="C"), "postgresql")
"""Sorted by code point, like Python and SQLite, so that all transactions lock rows in the same order."""

FREE_TEXT = JSON()
"""Text from outside, stored as a JSON string: as plain text PostgreSQL refuses NUL, and both refuse lone surrogates."""


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
        Column("choice_probability", Float),
    ]


answers = Table(
    "judge_pipeline_answers",
    metadata,
    Column("project", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    *_answer_columns(),
    Index("judge_pipeline_answers_by_time", "project", "kept_at"),
)
"""Usable answers: the same question is not paid for twice."""

discarded_answers = Table(
    "judge_pipeline_discarded_answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project", Text, nullable=False, index=True),
    Column("fingerprint", Text, nullable=False),
    *_answer_columns(),
    Column("reason", FREE_TEXT, nullable=False),
    Column("discarded_at", Text, nullable=False),
    Index("judge_pipeline_discarded_answers_by_time", "project", "kept_at"),
)
"""Answers that were paid for but could not be used; kept for inspection."""

results = Table(
    "judge_pipeline_results",
    metadata,
    Column("project", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("value", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Index("judge_pipeline_results_by_time", "project", "asset", "recorded_at"),
)
"""The result of an asset for a tag; `value` is JSON."""

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
"""Why the last attempt of an asset failed for a tag."""

intents = Table(
    "judge_pipeline_intents",
    metadata,
    Column("project", Text, primary_key=True),
    Column("effect", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("detail", JSON, nullable=False),
    Column("intended_at", Text, nullable=False),
)
"""Effects on Encord that are about to be made, with what is needed to find them again."""

leases = Table(
    "judge_pipeline_leases",
    metadata,
    Column("project", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("expires_at", Text),
)
"""Which run holds a tag, and until when; null means released. `token` counts how often the tag was acquired."""

refreshes = Table(
    "judge_pipeline_refreshes",
    metadata,
    Column("project", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("asked_by", Text, nullable=False),
)
"""How often an asset was refreshed for a tag, and which run asked for it last."""

draws = Table(
    "judge_pipeline_draws",
    metadata,
    Column("project", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("weight", Float, nullable=False),
    Column("reached", Float, nullable=False),
    Column("round", Integer, nullable=False),
)
"""How far the review has drawn images: see `domain.drawing.Draw`."""

claims = Table(
    "judge_pipeline_claims",
    metadata,
    Column("project", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
)
"""Which tab of a review page shows an image, so that two reviewers rarely answer the same one."""

identity = Table(
    "judge_pipeline_identity",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("store", Text, nullable=False),
)
"""One row: the uuid of this store, the same for all its projects."""

archived = Table(
    "judge_pipeline_archived",
    metadata,
    Column("project", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("archived_at", Text, nullable=False),
)
"""Finished images whose partition has been removed from Dagster, and when."""

sync_cursors = Table(
    "judge_pipeline_sync_cursors",
    metadata,
    Column("project", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("synced_at", Text, nullable=False),
)
"""How far Encord has been read for an asset."""

row_index = Table(
    "judge_pipeline_row_index",
    metadata,
    Column("project", Text, primary_key=True),
    Column("data_hash", Text, primary_key=True),
    Column("tag", TAG, nullable=False),
    Index("judge_pipeline_row_index_by_tag", "project", "tag"),
)
"""Which rows of the Encord project have which Tag, as they were last listed."""

budget_leases = Table(
    "judge_pipeline_budget_leases",
    metadata,
    Column("key", Text, primary_key=True),
    Column("holder", Text, primary_key=True),
    Column("expires_at", Text, nullable=False),
    Column("share", JSON, nullable=False),
)
"""What each run holds of a limit that several share, and has used of it; rows of all projects."""

heartbeats = Table(
    "judge_pipeline_heartbeats",
    metadata,
    Column("run", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("beat_at", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("suspected_at", Text),
    Column("ended_at", Text),
)
"""When each run was last alive, and after how many seconds without a beat it counts as lost; rows of all projects."""

questions = Table(
    "judge_pipeline_questions",
    metadata,
    Column("project", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("run", Text),
    Column("batch", Text),
    Column("attempts", Integer, nullable=False),
    Column("reserved_usd", Float),
    Column("dialect", JSON),
    Column("outcome", JSON),
    Column("noted_at", Text, nullable=False),
    Column("settled_at", Text),
    Index("judge_pipeline_questions_by_fingerprint", "project", "fingerprint"),
    Index("judge_pipeline_questions_by_batch", "project", "batch"),
)
"""Questions for model batches, until their answers are saved; see `questions.Questions`."""

question_tags = Table(
    "judge_pipeline_question_tags",
    metadata,
    Column("project", Text, primary_key=True),
    Column("tag", TAG, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("question", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Index("judge_pipeline_question_tags_by_question", "project", "question"),
)
"""Which tags wait for a question, for which asset, and which run asked last. The question's row goes when its answer is saved."""

model_batches = Table(
    "judge_pipeline_model_batches",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("project", Text, nullable=False, index=True),
    Column("endpoint", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("input_file", Text),
    Column("server_id", Text),
    Column("requests", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("unknown", Integer, nullable=False),
    Column("doubled", Integer, nullable=False),
    Column("price_factor", Float, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("run", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("spool", Text, nullable=False),
    Column("problem", FREE_TEXT),
    Column("intended_at", Text, nullable=False),
    Column("submitted_at", Text),
    Column("ended_at", Text),
    Column("collected_at", Text),
)
"""Model batches: files of questions that a server answers within a day."""
