"""The table of looks becomes the table of sync cursors, by asset; the cursors stay."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Renames the table and two of its columns."""
    op.rename_table("judge_pipeline_looks", "judge_pipeline_sync_cursors")
    op.alter_column("judge_pipeline_sync_cursors", "what", new_column_name="asset")
    op.alter_column("judge_pipeline_sync_cursors", "looked_at", new_column_name="synced_at")
