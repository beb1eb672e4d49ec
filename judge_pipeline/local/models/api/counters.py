"""Counts chat completions, by model."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any


class Counters:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_model: Counter[str] = Counter()

    def count(self, model: str) -> None:
        """Count one request, answered or not."""
        with self._lock:
            self._by_model[model] += 1

    def clear(self) -> None:
        """Start from zero."""
        with self._lock:
            self._by_model.clear()

    def read(self) -> dict[str, Any]:
        """All calls, and the calls of each model."""
        with self._lock:
            return {"calls": self._by_model.total(), "by_model": dict(sorted(self._by_model.items()))}
