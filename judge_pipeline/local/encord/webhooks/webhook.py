"""A webhook: which stage calls which URL, with which secret, timeouts and retries."""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from judge_pipeline.local.encord.loopback import is_loopback
from judge_pipeline.local.encord.wire import Id

A_DAY = 86_400.0
"""The upper limit, in seconds, of every time in the settings."""


class WebhookKind(StrEnum):
    """What the call announces: that a stage has work, or the data unit that an agent should work on."""

    TASK_READY = "task_ready"
    CUSTOM_AGENT = "custom_agent"


def _loopback_url(url: str) -> str:
    parts = urlsplit(url)
    is_plain = parts.scheme in ("http", "https") and "@" not in parts.netloc and parts.port != 0
    if not (is_plain and is_loopback(parts.hostname)):
        raise ValueError(f"should be an http URL of this machine, such as http://127.0.0.1:8000/hook, found {url!r}")
    return url


class DeliverySettings(BaseModel):
    """How a webhook is delivered; the defaults are Encord's where known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout_seconds: float = Field(default=180, gt=0, le=A_DAY)
    """Encord also waits 180 s for an answer."""
    max_attempts: int = Field(default=4, ge=1, le=20)
    backoff_seconds: float = Field(default=5, ge=0, le=A_DAY)
    """The pause before the second attempt; it doubles after each attempt."""
    batch_size: int = Field(default=1, ge=1)
    """A task-ready webhook calls when this many tasks wait …"""
    max_wait_seconds: float | None = Field(default=None, gt=0, le=A_DAY)
    """… or when the oldest of them has waited this long."""
    resend_seconds: float = Field(default=300, gt=0, le=A_DAY)
    """A task-ready webhook calls again after this time while tasks remain; Encord checks every five minutes."""

    def pause_after(self, attempts: int) -> float:
        """Seconds to wait after this many failed attempts."""
        return float(self.backoff_seconds * 2 ** (attempts - 1))


class NewWebhook(DeliverySettings):
    """A webhook to register; `stage` is an agent stage's title or uuid, `secret` signs the calls."""

    project_hash: Id
    stage: str
    url: Annotated[str, AfterValidator(_loopback_url)]
    secret: str = Field(min_length=1)
    kind: WebhookKind

    @model_validator(mode="after")
    def _only_task_ready_batches(self) -> Self:
        foreign = {"batch_size", "max_wait_seconds", "resend_seconds"} & self.model_fields_set
        if self.kind is not WebhookKind.TASK_READY and foreign:
            raise ValueError(
                f"only a task_ready webhook takes {sorted(foreign)}; a {self.kind} is called for each task"
            )
        return self

    def settings_json(self) -> str:
        """Only the delivery settings, in their stored form."""
        return DeliverySettings.model_validate(
            self.model_dump(include=set(DeliverySettings.model_fields))
        ).model_dump_json()


@dataclass(frozen=True)
class Webhook:
    """A registered webhook."""

    uuid: str
    project: str
    stage: str
    kind: WebhookKind
    url: str
    secret: str
    settings: DeliverySettings


def webhook_of(row: sqlite3.Row) -> Webhook:
    """A webhook from its table's columns."""
    return Webhook(
        uuid=row["uuid"],
        project=row["project"],
        stage=row["stage"],
        kind=WebhookKind(row["kind"]),
        url=row["url"],
        secret=row["secret"],
        settings=DeliverySettings.model_validate_json(row["settings_json"]),
    )
