"""The server itself: health, counters, the request log, injected faults and options."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from judge_pipeline.local.encord.exchange import state_of
from judge_pipeline.local.encord.faults import FaultSpec
from judge_pipeline.local.encord.loopback import ControlRoute

router = APIRouter(prefix="/_local", route_class=ControlRoute)


@router.get("/health")
def health(request: Request) -> dict[str, str]:
    """Whether the server and its database respond."""
    with state_of(request).database.reading() as db:
        db.execute("SELECT 1 FROM settings").fetchone()
    return {"status": "ok"}


@router.get("/stats")
async def stats(request: Request) -> dict[str, Any]:
    """The number of requests since the start or the last reset."""
    return state_of(request).traffic.stats()


@router.delete("/stats")
async def reset_stats(request: Request) -> dict[str, Any]:
    """Reset the counters and the log; returns the counts so far."""
    traffic = state_of(request).traffic
    counted = traffic.stats()
    traffic.reset()
    return counted


@router.get("/log")
async def log(request: Request) -> list[dict[str, Any]]:
    """The last requests, oldest first."""
    return state_of(request).traffic.log()


@router.post("/faults")
async def add_faults(request: Request, specs: FaultSpec | list[FaultSpec]) -> dict[str, list[str]]:
    """Inject one fault or several."""
    return {"ids": state_of(request).faults.add(specs if isinstance(specs, list) else [specs])}


@router.get("/faults")
async def report_faults(request: Request) -> list[dict[str, Any]]:
    """Every fault with the number of requests that hit it."""
    return state_of(request).faults.report()


@router.delete("/faults")
async def clear_faults(request: Request) -> list[dict[str, Any]]:
    """Remove all faults; returns the last report."""
    faults = state_of(request).faults
    report = faults.report()
    faults.clear()
    return report


@router.get("/config")
async def read_options(request: Request) -> dict[str, Any]:
    """The current options."""
    return state_of(request).options.model_dump()


@router.post("/config")
def change_options(request: Request, changes: dict[str, Any]) -> dict[str, Any]:
    """Set some options; the others stay."""
    try:
        return state_of(request).current_options.change(changes).model_dump()
    except ValidationError as problem:
        raise RequestValidationError(problem.errors()) from None
