"""When results were recorded, so that a change is seen without reading them all."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Adds an index."""
    op.create_index("judge_pipeline_results_by_time", "judge_pipeline_results", ["project", "asset", "recorded_at"])
