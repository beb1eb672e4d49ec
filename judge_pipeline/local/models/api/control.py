"""The routes under `/_local/`: health, counters, faults."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from judge_pipeline.local.models.api.counters import Counters
from judge_pipeline.local.models.api.faults import Fault, FaultPlan


def control_routes(counters: Counters, faults: FaultPlan, model_names: list[str]) -> APIRouter:
    """Build the routes over one app's state."""
    routes = APIRouter(prefix="/_local")

    @routes.get("/health")
    def health() -> dict[str, Any]:
        return {"status": "ok", "models": model_names}

    @routes.get("/stats")
    def stats() -> dict[str, Any]:
        return counters.read()

    @routes.delete("/stats", status_code=204)
    def clear_stats() -> None:
        counters.clear()

    @routes.get("/faults")
    def list_faults() -> list[dict[str, Any]]:
        return faults.read()

    @routes.post("/faults", status_code=201)
    def order_fault(fault: Fault) -> list[dict[str, Any]]:
        faults.add(fault)
        return faults.read()

    @routes.delete("/faults", status_code=204)
    def clear_faults() -> None:
        faults.clear()

    return routes
