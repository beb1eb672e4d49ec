"""The routes under `/_local/`: health, counters, faults; and the counters."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from fastapi import APIRouter

from judge_pipeline.local.models.api.faults import Fault, FaultPlan


class Counters:
    """Chat completions by model. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_model: Counter[str] = Counter()

    def count(self, model: str) -> None:
        """Count one request, whatever its outcome."""
        with self._lock:
            self._by_model[model] += 1

    def clear(self) -> None:
        """Reset all counts."""
        with self._lock:
            self._by_model.clear()

    def read(self) -> dict[str, Any]:
        """The total number of calls, and the calls of each model."""
        with self._lock:
            return {"calls": self._by_model.total(), "by_model": dict(sorted(self._by_model.items()))}


def control_routes(counters: Counters, faults: FaultPlan, model_names: list[str]) -> APIRouter:
    """Build the routes over an app's state."""
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
    def add_fault(fault: Fault) -> list[dict[str, Any]]:
        faults.add(fault)
        return faults.read()

    @routes.delete("/faults", status_code=204)
    def clear_faults() -> None:
        faults.clear()

    return routes
