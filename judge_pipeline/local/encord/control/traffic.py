"""Health, counters and the request log."""

from typing import Any

from fastapi import APIRouter, Request

from judge_pipeline.local.encord.exchange import state_of
from judge_pipeline.local.encord.strict_json import StrictRoute

router = APIRouter(prefix="/_local", route_class=StrictRoute)


@router.get("/health")
def health(request: Request) -> dict[str, str]:
    """Whether the server and its database answer."""
    with state_of(request).database.reading() as db:
        db.execute("SELECT 1 FROM settings").fetchone()
    return {"status": "ok"}


@router.get("/stats")
def stats(request: Request) -> dict[str, Any]:
    """How many requests there were, since the start or the last reset."""
    return state_of(request).traffic.stats()


@router.delete("/stats")
def reset_stats(request: Request) -> dict[str, Any]:
    """Count from zero; returns what was counted so far."""
    traffic = state_of(request).traffic
    counted = traffic.stats()
    traffic.reset()
    return counted


@router.get("/log")
def log(request: Request) -> list[dict[str, Any]]:
    """The last requests, oldest first."""
    return state_of(request).traffic.log()
