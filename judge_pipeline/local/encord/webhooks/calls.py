"""What is sent: the body of a notification, and the two headers that authenticate the sender. Pure.

A trigger in `schema` writes the body of a custom agent's call when its task enters the stage:
`{"projectHash", "dataHash", "frame": 0}`.
"""

import hashlib
import hmac
import json
from enum import StrEnum


class Reason(StrEnum):
    """Why a stage triggers a call."""

    BATCH_SIZE_REACHED = "batch_size_reached"
    MAX_WAIT_ELAPSED = "max_wait_elapsed"


def notification(*, uid: str, at: str, project: str, stage: str, pending_count: int, reason: Reason) -> str:
    """The body of a task-ready call: version 1 of Encord's event envelope."""
    return json.dumps(
        {
            "uid": uid,
            "version": 1,
            "source": "Encord",
            "event_type": "agent_stage_work_available_event",
            "event_created_timestamp": at,
            "payload": {
                "project_hash": project,
                "stage_uuid": stage,
                "pending_count": pending_count,
                "reason": reason,
            },
        }
    )


def signed_headers(body: bytes, secret: str, *, now: float) -> dict[str, str]:
    """The headers of a call at `now`, in seconds since 1970; Encord signs whole seconds and the exact bytes sent."""
    timestamp = str(int(now))
    signature = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "local-encord",
        "X-Encord-Timestamp": timestamp,
        "X-Encord-Signature": signature,
    }
