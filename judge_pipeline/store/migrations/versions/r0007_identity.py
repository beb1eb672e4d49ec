"""The identity of the store, by which an Encord project names who works on it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the table of the identity; the first run that needs one writes it."""
    op.create_table(
        "judge_pipeline_identity",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("store", sa.Text, nullable=False),
    )
