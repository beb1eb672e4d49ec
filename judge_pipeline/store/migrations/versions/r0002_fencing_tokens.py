"""Each taking of a tag gets a token; the leases of runs that are under way end with the table that held them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TAG = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table of leases anew, and drops the version number that stores had before there were revisions."""
    op.drop_table("judge_pipeline_leases")
    op.create_table(
        "judge_pipeline_leases",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("tag", TAG, primary_key=True),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text),
    )
    op.drop_table("judge_pipeline_schema_version", if_exists=True)
