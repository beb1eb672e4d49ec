"""How often an asset of a tag was asked for anew."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TAG = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the table of refreshes."""
    op.create_table(
        "judge_pipeline_refreshes",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("asset", sa.Text, primary_key=True),
        sa.Column("tag", TAG, primary_key=True),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
    )
