"""The state of a running server."""

from pathlib import Path

from judge_pipeline.local.encord.blobs import Blobs
from judge_pipeline.local.encord.database import Database
from judge_pipeline.local.encord.faults import FaultPlan
from judge_pipeline.local.encord.options import CurrentOptions, Options
from judge_pipeline.local.encord.traffic import Traffic


class State:
    """Everything behind the routes; `data_dir` holds the persistent part."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self.database = Database(data_dir / "encord.sqlite3")
        self.current_options = CurrentOptions(self.database)
        self.blobs = Blobs(data_dir / "blobs", self.database)
        self.faults = FaultPlan()
        self.traffic = Traffic()

    @property
    def options(self) -> Options:
        """The current options."""
        return self.current_options.current

    def close(self) -> None:
        """Close the database."""
        self.database.close()
