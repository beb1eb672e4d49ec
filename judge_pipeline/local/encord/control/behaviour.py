"""Faults and options: how unpleasant the server is."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from judge_pipeline.local.encord.exchange import state_of
from judge_pipeline.local.encord.faults import FaultOrder
from judge_pipeline.local.encord.strict_json import StrictRoute

router = APIRouter(prefix="/_local", route_class=StrictRoute)


@router.post("/faults")
def order_faults(request: Request, orders: FaultOrder | list[FaultOrder]) -> dict[str, list[str]]:
    """Order one fault or several."""
    return {"ids": state_of(request).faults.order(orders if isinstance(orders, list) else [orders])}


@router.get("/faults")
def report_faults(request: Request) -> list[dict[str, Any]]:
    """Every fault with the number of requests that met it."""
    return state_of(request).faults.report()


@router.delete("/faults")
def clear_faults(request: Request) -> list[dict[str, Any]]:
    """Forget all faults; returns the last report."""
    faults = state_of(request).faults
    report = faults.report()
    faults.clear()
    return report


@router.get("/config")
def read_options(request: Request) -> dict[str, Any]:
    """The options that hold."""
    return state_of(request).options.model_dump()


@router.post("/config")
def change_options(request: Request, changes: dict[str, Any]) -> dict[str, Any]:
    """Set some options; the others stay."""
    try:
        return state_of(request).options_in_force.change(changes).model_dump()
    except ValidationError as problem:
        raise RequestValidationError(problem.errors()) from None
