"""How long a batch takes, and the limits; tests change them at `/_local/batch-settings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class BatchSettings(BaseModel):
    """The defaults are OpenAI's limits, but a batch is quick and tokens are not limited."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    seconds: float = Field(default=1.0, ge=0)
    """From submission to completion; a batch takes longer if its lines do."""

    max_requests: int = Field(default=50_000, ge=1)
    max_file_bytes: int = Field(default=200_000_000, ge=1)
    enqueued_tokens: int | None = Field(default=None, ge=0)
    """The most tokens that one model's unfinished batches may hold."""

    def change(self, changes: Mapping[str, Any]) -> None:
        """Change some fields, or none if one is wrong (pydantic's ValidationError)."""
        valid = BatchSettings.model_validate({**self.model_dump(), **changes})
        self.__dict__.update(valid.__dict__)
