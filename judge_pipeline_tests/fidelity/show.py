"""Makes calls of the SDK and notes, for each, what the server was asked and what it answered."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import requests
from encord.http.bundle import Bundle

from judge_pipeline.local.encord import times
from judge_pipeline_tests.fidelity.surface import name_of, properties_of
from judge_pipeline_tests.servers import LocalEncord

P = ParamSpec("P")
T = TypeVar("T")

LONG_LOG = 50
"""Requests after which the log is begun anew, so that reading it stays quick."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass(frozen=True)
class Shown:
    """One call of a member of the SDK: the operations that the server was asked for, and why not if it was refused."""

    member: str
    demonstration: str
    operations: tuple[str, ...]
    refusal: str | None = None
    limit: str | None = None


class Show:
    """Calls members of the SDK on behalf of one demonstration after the other."""

    def __init__(self, server: LocalEncord) -> None:
        self._url = f"{server.url}/_local"
        self._control = requests.Session()
        self._control.trust_env = False
        self.demonstration = ""
        self.shown: list[Shown] = []

    def __call__(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method; everything that it asks the server for must be answered. An iterator comes back as a list."""
        started = times.now()
        result = _exhausted(method(*args, **kwargs))
        entries = self._asked_since(started)
        refused = [entry for entry in entries if entry["status"] not in (200, 204)]
        assert not refused, f"{name_of(method)} was refused: {refused}"
        self._note(method, entries)
        return result

    def bundled(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call a method in a bundle, which asks the server when it ends."""
        started = times.now()
        with Bundle() as bundle:
            method(*args, bundle=bundle, **kwargs)
        self._note(method, self._asked_since(started))

    def refused(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call a method that the server refuses; should it be answered one day, its demonstration has to change."""
        started = times.now()
        refusal = _refusal_of(method, *args, **kwargs)
        entries = self._asked_since(started)
        assert refusal is not None, f"{name_of(method)} is answered now: show it"
        assert entries, f"{name_of(method)} failed before it asked the server: {refusal!r}"
        self._note(method, entries, refusal=_words(refusal))

    def impossible(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call a method that the SDK itself refuses for what there is on this server, before it asks for anything."""
        started = times.now()
        refusal = _refusal_of(method, *args, **kwargs)
        entries = self._asked_since(started)
        assert refusal is not None, f"{name_of(method)} is possible now: show it"
        assert not entries, f"{name_of(method)} asked the server: {entries}"
        self._note(method, entries, refusal=f"the SDK: {_words(refusal)}")

    def limited(self, method: Callable[..., Any], limit: str) -> None:
        """What an answered method does not do here, once its demonstration has made sure of it."""
        self.shown.append(Shown(name_of(method), self.demonstration, (), limit=limit))

    def absent(self, why: str, *methods: Callable[..., Any] | property) -> None:
        """Methods of things that cannot exist on this server; the demonstration shows that they cannot."""
        for method in methods:
            self._note(method, [], refusal=why)

    def properties(self, thing: Any, *, but: tuple[str, ...] = ()) -> None:
        """Read all public properties of an object, but for those named."""
        for name, found in properties_of(type(thing)).items():
            if name not in but:
                self.property(found, thing)

    def property(self, found: Any, thing: Any) -> None:
        """Read one property, as it is found on the class; it may have no answer for a project of this kind."""
        started = times.now()
        refusal = _refusal_of(found.fget, thing)
        self._note(found, self._asked_since(started), refusal=f"the SDK: {_words(refusal)}" if refusal else None)

    def _note(self, member: Any, entries: list[dict[str, Any]], *, refusal: str | None = None) -> None:
        operations = dict.fromkeys(entry["operation"] for entry in entries)
        self.shown.append(Shown(name_of(member), self.demonstration, tuple(operations), refusal))

    def _asked_since(self, started: str) -> list[dict[str, Any]]:
        """What the server was asked since a moment; demonstrations make one call after the other."""
        log: list[dict[str, Any]] = self._control.get(f"{self._url}/log", timeout=10).json()
        if len(log) > LONG_LOG:
            self._control.delete(f"{self._url}/stats", timeout=10)
        return [entry for entry in log if entry["at"] >= started]


def _refusal_of(method: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> Exception | None:
    try:
        _exhausted(method(*args, **kwargs))
    except Exception as refusal:
        return refusal
    return None


def _exhausted(result: T) -> T:
    """Listings ask for their pages while they are read."""
    return list(result) if isinstance(result, Iterator) else result  # type: ignore[return-value]


def _words(refusal: Exception) -> str:
    """What the server said, without ids and without the SDK's own wrapping."""
    message = str(getattr(refusal, "message", "") or refusal).splitlines()[0]
    payload = re.search(r"with the following payload `(.*?)`", message)
    return _ID.sub("…", " ".join((payload[1] if payload else message).split()))
