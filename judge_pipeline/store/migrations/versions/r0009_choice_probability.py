"""How sure the judge was of its choice, if its server gives log-probabilities; unknown for older answers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds the column to the answers that are served and to those that are kept for reading."""
    for table in ("judge_pipeline_answers", "judge_pipeline_discarded_answers"):
        op.add_column(table, sa.Column("choice_probability", sa.Float))
