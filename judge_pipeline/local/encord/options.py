"""How the server behaves where Encord's behaviour is unknown or may be unpleasant."""

import sqlite3
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from judge_pipeline.local.encord.database import Database


class Options(BaseModel):
    """Set through `POST /_local/config`; kept in the database. The defaults are the less comfortable choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency_seconds: float = Field(default=0.0, ge=0)
    """Waiting time before every imitated request."""
    rotate_task_uuids: bool = True
    """A task that changes its stage gets a new uuid, so that a client which keeps the old one fails early."""
    task_lag_seconds: float = Field(default=0.0, ge=0, le=3600)
    """A stage lists a task only this long after it came there; the list of label rows tells its stage at once."""
    mirror_auto_link: bool = True
    """An upload into the backing folder of a mirror dataset adds a data row by itself."""
    delete_data_deletes_files: bool = False
    """Deleting a data row also deletes the storage item behind it when no other data row uses it."""
    signed_url_seconds: int = Field(default=3600, ge=0)
    clock_skew_seconds: int = Field(default=300, ge=0)
    task_page_size: int = Field(default=100, ge=1)
    label_rows_per_request: int = Field(default=1000, ge=1)


class OptionsInForce:
    """The current options, read once and replaced as a whole."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as db:
            self._current = Options.model_validate(_stored(db))

    @property
    def current(self) -> Options:
        """The options that hold now."""
        return self._current

    def change(self, changes: dict[str, Any]) -> Options:
        """Set some options and keep the others; pydantic's ValidationError for unknown names or impossible values."""
        changed = Options.model_validate(self._current.model_dump() | changes)
        with self._database.writing() as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES ('options', ?)", (changed.model_dump_json(),))
        self._current = changed
        return changed


def _stored(db: sqlite3.Connection) -> dict[str, Any]:
    row = db.execute("SELECT value_json FROM settings WHERE name = 'options'").fetchone()
    return {} if row is None else Options.model_validate_json(row["value_json"]).model_dump()
