"""Makes calls of the SDK and records each one's requests and outcome."""

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
"""Requests after which the log is cleared, so that reading it stays fast."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass(frozen=True)
class Shown:
    """One call of a member of the SDK: the requested operations, and the refusal if there was one."""

    member: str
    demonstration: str
    operations: tuple[str, ...]
    refusal: str | None = None
    limit: str | None = None


class Show:
    """Calls members of the SDK for one demonstration after the other."""

    def __init__(self, server: LocalEncord) -> None:
        self._url = f"{server.url}/_local"
        self._control = requests.Session()
        self._control.trust_env = False
        self.demonstration = ""
        self.shown: list[Shown] = []

    def __call__(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls a method whose requests must all succeed. An iterator is returned as a list."""
        started = times.now()
        result = _consumed(method(*args, **kwargs))
        entries = self._requests_since(started)
        refused = [entry for entry in entries if entry["status"] not in (200, 204)]
        assert not refused, f"{name_of(method)} was refused: {refused}"
        self._note(method, entries)
        return result

    def bundled(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Calls a method in a bundle, which sends its request at the end."""
        started = times.now()
        with Bundle() as bundle:
            method(*args, bundle=bundle, **kwargs)
        self._note(method, self._requests_since(started))

    def refused(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> None:
        """Calls a method that the server refuses; once it is served, its demonstration has to change."""
        started = times.now()
        refusal = _refusal_of(method, *args, **kwargs)
        entries = self._requests_since(started)
        assert refusal is not None, f"{name_of(method)} is answered now: show it"
        assert entries, f"{name_of(method)} failed before it asked the server: {refusal!r}"
        self._note(method, entries, refusal=_message(refusal))

    def impossible(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> None:
        """Calls a method that the SDK itself refuses for the data of this server, before it sends a request."""
        started = times.now()
        refusal = _refusal_of(method, *args, **kwargs)
        entries = self._requests_since(started)
        assert refusal is not None, f"{name_of(method)} is possible now: show it"
        assert not entries, f"{name_of(method)} asked the server: {entries}"
        self._note(method, entries, refusal=f"the SDK: {_message(refusal)}")

    def limited(self, method: Callable[..., Any], limit: str) -> None:
        """Records what a served method does not do here; its demonstration has to show it."""
        self.shown.append(Shown(name_of(method), self.demonstration, (), limit=limit))

    def absent(self, why: str, *methods: Callable[..., Any] | property) -> None:
        """Records methods of things that cannot exist on this server; the demonstration has to show that."""
        for method in methods:
            self._note(method, [], refusal=why)

    def properties(self, thing: Any, *, but: tuple[str, ...] = ()) -> None:
        """Reads all public properties of an object except the named ones."""
        for name, found in properties_of(type(thing)).items():
            if name not in but:
                self.property(found, thing)

    def property(self, found: Any, thing: Any) -> None:
        """Reads one property, as found on the class; it may not apply to this kind of project."""
        started = times.now()
        refusal = _refusal_of(found.fget, thing)
        self._note(found, self._requests_since(started), refusal=f"the SDK: {_message(refusal)}" if refusal else None)

    def _note(self, member: Any, entries: list[dict[str, Any]], *, refusal: str | None = None) -> None:
        operations = dict.fromkeys(entry["operation"] for entry in entries)
        self.shown.append(Shown(name_of(member), self.demonstration, tuple(operations), refusal))

    def _requests_since(self, started: str) -> list[dict[str, Any]]:
        """The requests since a time; demonstrations make one call after the other."""
        log: list[dict[str, Any]] = self._control.get(f"{self._url}/log", timeout=10).json()
        if len(log) > LONG_LOG:
            self._control.delete(f"{self._url}/stats", timeout=10)
        return [entry for entry in log if entry["at"] >= started]


def _refusal_of(method: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> Exception | None:
    try:
        _consumed(method(*args, **kwargs))
    except Exception as refusal:
        return refusal
    return None


def _consumed(result: T) -> T:
    """Listings request their pages while they are read."""
    return list(result) if isinstance(result, Iterator) else result  # type: ignore[return-value]


def _message(refusal: Exception) -> str:
    """The server's message, without ids and the SDK's wrapping."""
    message = str(getattr(refusal, "message", "") or refusal).splitlines()[0]
    payload = re.search(r"with the following payload `(.*?)`", message)
    return _ID.sub("…", " ".join((payload[1] if payload else message).split()))
