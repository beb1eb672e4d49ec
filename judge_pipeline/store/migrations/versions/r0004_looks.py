"""How far Encord has been read."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds the table of looks."""
    op.create_table(
        "judge_pipeline_looks",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("looked_at", sa.Text, nullable=False),
    )
