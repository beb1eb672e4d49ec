"""Options for behaviour in which Encord is unknown or can be harsh."""

import sqlite3
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from judge_pipeline.local.encord.database import Database


class Options(BaseModel):
    """Set through `POST /_local/config` and kept in the database. The defaults are the harsher choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency_seconds: float = Field(default=0.0, ge=0)
    """Delay before every imitated request."""
    rotate_task_uuids: bool = True
    """A task that changes stage gets a new uuid, so that a client that keeps the old one fails early."""
    task_lag_seconds: float = Field(default=0.0, ge=0, le=3600)
    """A stage lists a task only this long after it arrived; the list of label rows shows its stage immediately."""
    mirror_auto_link: bool = True
    """An upload into the backing folder of a mirror dataset automatically adds a data row."""
    delete_data_deletes_files: bool = False
    """Deleting a data row also deletes its storage item if no other data row uses it."""
    signed_url_seconds: int = Field(default=3600, ge=0)
    clock_skew_seconds: int = Field(default=300, ge=0)
    task_page_size: int = Field(default=100, ge=1)
    label_rows_per_request: int = Field(default=1000, ge=1)


class CurrentOptions:
    """Holds the options; read once, replaced as a whole."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as db:
            self._current = Options.model_validate(_stored(db))

    @property
    def current(self) -> Options:
        """The current options."""
        return self._current

    def change(self, changes: dict[str, Any]) -> Options:
        """Set some options and keep the others; pydantic's ValidationError for unknown names or invalid values."""
        changed = Options.model_validate(self._current.model_dump() | changes)
        with self._database.writing() as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES ('options', ?)", (changed.model_dump_json(),))
        self._current = changed
        return changed


def _stored(db: sqlite3.Connection) -> dict[str, Any]:
    row = db.execute("SELECT value_json FROM settings WHERE name = 'options'").fetchone()
    return {} if row is None else Options.model_validate_json(row["value_json"]).model_dump()
