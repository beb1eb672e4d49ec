"""How far the review has drawn images, and which tab of a review page shows an image."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TAG = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the two tables; choices made before have no known inclusion probability."""
    op.create_table(
        "judge_pipeline_draws",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("tag", TAG, primary_key=True),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("reached", sa.Float, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
    )
    op.create_table(
        "judge_pipeline_claims",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("tag", TAG, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
    )
