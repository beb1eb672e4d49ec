"""How many of an answer's prompt tokens came from the provider's cache, and how many were the image; unknown for older ones."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds both columns to the answers that are served and to those that are kept for reading."""
    for table in ("judge_pipeline_answers", "judge_pipeline_discarded_answers"):
        for name in ("cached_tokens", "image_tokens"):
            op.add_column(table, sa.Column(name, sa.BigInteger))
