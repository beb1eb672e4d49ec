"""Shares of the limits that several runs have in common, and indexes by which a period's spending is added up."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Adds a table and two indexes."""
    op.create_table(
        "judge_pipeline_budget_leases",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, primary_key=True),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("share", sa.JSON, nullable=False),
    )
    for table in ("answers", "discarded_answers"):
        op.create_index(f"judge_pipeline_{table}_by_time", f"judge_pipeline_{table}", ["project", "kept_at"])
