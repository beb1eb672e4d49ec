"""What a running server holds."""

from pathlib import Path

from judge_pipeline.local.encord.blobs import Blobs
from judge_pipeline.local.encord.database import Database
from judge_pipeline.local.encord.faults import FaultPlan
from judge_pipeline.local.encord.options import Options, OptionsInForce
from judge_pipeline.local.encord.traffic import Traffic


class State:
    """Everything behind the routes; `data_dir` holds all of it that outlives the process."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self.database = Database(data_dir / "encord.sqlite3")
        self.options_in_force = OptionsInForce(self.database)
        self.blobs = Blobs(data_dir / "blobs", self.database)
        self.faults = FaultPlan()
        self.traffic = Traffic()

    @property
    def options(self) -> Options:
        """The options that hold now."""
        return self.options_in_force.current

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()
