"""Questions that wait for model batches, the tags that wait for them, and the batches."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

TAG = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the tables."""
    op.create_table(
        "judge_pipeline_questions",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("base_url", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("run", sa.Text),
        sa.Column("batch", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reserved_usd", sa.Float),
        sa.Column("dialect", sa.JSON),
        sa.Column("outcome", sa.JSON),
        sa.Column("noted_at", sa.Text, nullable=False),
        sa.Column("settled_at", sa.Text),
    )
    op.create_index("judge_pipeline_questions_by_fingerprint", "judge_pipeline_questions", ["project", "fingerprint"])
    op.create_index("judge_pipeline_questions_by_batch", "judge_pipeline_questions", ["project", "batch"])
    op.create_table(
        "judge_pipeline_question_tags",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("tag", TAG, primary_key=True),
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("question", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, nullable=False),
    )
    op.create_index("judge_pipeline_question_tags_by_question", "judge_pipeline_question_tags", ["project", "question"])
    op.create_table(
        "judge_pipeline_model_batches",
        sa.Column("uuid", sa.Text, primary_key=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("base_url", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("input_file", sa.Text),
        sa.Column("server_id", sa.Text),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("missing", sa.Integer, nullable=False),
        sa.Column("unknown", sa.Integer, nullable=False),
        sa.Column("doubled", sa.Integer, nullable=False),
        sa.Column("price_factor", sa.Float, nullable=False),
        sa.Column("cost_usd", sa.Float, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("spool", sa.Text, nullable=False),
        sa.Column("problem", sa.JSON),
        sa.Column("intended_at", sa.Text, nullable=False),
        sa.Column("submitted_at", sa.Text),
        sa.Column("ended_at", sa.Text),
        sa.Column("collected_at", sa.Text),
    )
    op.create_index("ix_judge_pipeline_model_batches_project", "judge_pipeline_model_batches", ["project"])
