"""The routes under `/_local/`: health, counters, faults, the settings of batches; and the counters."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import ValidationError

from judge_pipeline.local.models.api.faults import Fault, FaultPlan, Mode
from judge_pipeline.local.models.batches.settings import BatchSettings


class Counters:
    """Chat requests by model, live ones and the lines of batches apart. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_model: dict[Mode, Counter[str]] = {"live": Counter(), "batch": Counter()}

    def count(self, model: str, mode: Mode) -> None:
        """Count one request, whatever its outcome."""
        with self._lock:
            self._by_model[mode][model] += 1

    def clear(self) -> None:
        """Reset all counts."""
        with self._lock:
            for counter in self._by_model.values():
                counter.clear()

    def read(self) -> dict[str, Any]:
        """The total number of calls, and the calls of each model; under `batch` the same of the lines of batches."""
        with self._lock:
            live, batch = (_totals(counter) for counter in self._by_model.values())
        return {**live, "batch": batch}


def _totals(counter: Counter[str]) -> dict[str, Any]:
    return {"calls": counter.total(), "by_model": dict(sorted(counter.items()))}


def control_routes(
    counters: Counters, faults: FaultPlan, batch_settings: BatchSettings, model_names: list[str]
) -> APIRouter:
    """Build the routes over an app's state."""
    routes = APIRouter(prefix="/_local")
    initial = batch_settings.model_dump()

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

    @routes.get("/batch-settings")
    def read_batch_settings() -> dict[str, Any]:
        return batch_settings.model_dump()

    @routes.patch("/batch-settings")
    def change_batch_settings(changes: dict[str, Any]) -> dict[str, Any]:
        try:
            batch_settings.change(changes)
        except ValidationError as error:
            raise HTTPException(422, str(error)) from None
        return batch_settings.model_dump()

    @routes.delete("/batch-settings", status_code=204)
    def reset_batch_settings() -> None:
        batch_settings.change(initial)

    return routes
