"""The tags that runs carry beside Dagster's own: how many tags they had, what became of those, and who started them."""

COUNTS = ("tags", "done", "failed", "skipped", "left")
"""The counts of a batch's outcome."""

COUNT_TAGS = {count: f"judge_pipeline/{count}" for count in COUNTS}
"""Where a run that has ended by itself says them; a run that was killed has none."""

BY_COMMAND = {"judge_pipeline/started_by": "command"}
"""On the runs of a command, which tells of their end and writes the report itself."""
