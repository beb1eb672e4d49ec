"""Answers, results, failures, intents and leases; a store from before there were revisions has them already."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TAG = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables that are missing."""
    op.create_table(
        "judge_pipeline_answers",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, primary_key=True),
        *_answer_columns(),
        if_not_exists=True,
    )
    op.create_table(
        "judge_pipeline_discarded_answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        *_answer_columns(),
        sa.Column("reason", sa.JSON, nullable=False),
        sa.Column("discarded_at", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_index(
        "ix_judge_pipeline_discarded_answers_project",
        "judge_pipeline_discarded_answers",
        ["project"],
        if_not_exists=True,
    )
    op.create_table(
        "judge_pipeline_results",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("asset", sa.Text, primary_key=True),
        sa.Column("tag", TAG, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "judge_pipeline_failures",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("asset", sa.Text, primary_key=True),
        sa.Column("tag", TAG, primary_key=True),
        sa.Column("title", sa.JSON, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("message", sa.JSON, nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("failed_at", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "judge_pipeline_intents",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("effect", sa.Text, primary_key=True),
        sa.Column("tag", TAG, primary_key=True),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("intended_at", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "judge_pipeline_leases",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("tag", TAG, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        if_not_exists=True,
    )


def _answer_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("text", sa.JSON, nullable=False),
        sa.Column("model", sa.JSON, nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger),
        sa.Column("completion_tokens", sa.BigInteger),
        sa.Column("cost_usd", sa.Float),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("kept_at", sa.Text, nullable=False),
    ]
