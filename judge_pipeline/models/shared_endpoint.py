"""One endpoint's limits shared with other runs: in flight, per minute, and what each run has learned of the server."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.limit_shares import Lease, Part, next_held, next_target
from judge_pipeline.models.rate_limiter import RateLimiter, Shares
from judge_pipeline.models.token_budget import MINUTE_SECONDS

KEPT_SECONDS = 2 * MINUTE_SECONDS
"""How long the store keeps the lease of a run that has ended: longer than what it started counts."""

UNREPORTED_SECONDS = 1.5
"""A run that was killed may have started requests since its last report, which it makes every second."""

NEVER_SECONDS = 1e9
"""The age of what has not happened."""

LIMITS = ("flight", "requests", "tokens")


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a run may use from now on: targets may be lower than what it holds."""

    held: Mapping[str, int]
    targets: Mapping[str, int]
    is_alone: bool
    hold_seconds: float
    rate: float | None
    down_seconds: float | None


class SharedEndpoint:
    """Exchanges one rate limiter's part with those of other runs. `report` and `apply` belong to its event loop."""

    def __init__(self, endpoint: Endpoint, limiter: RateLimiter) -> None:
        self.key = endpoint_key(endpoint)
        self._limits = {
            "flight": endpoint.concurrency,
            "requests": _whole(endpoint.requests_per_minute),
            "tokens": _whole(endpoint.tokens_per_minute),
        }
        self._pace = endpoint.requests_per_minute or 0.0
        self._limiter = limiter
        self._enforced = dict.fromkeys(LIMITS, 0)
        self._grant: _Grant | None = None

    def report(self) -> dict[str, Any]:
        """What this run uses and would like of each limit, and what it knows of the server; times are ages in seconds."""
        limiter, now = self._limiter, self._limiter.now()
        used = {
            "flight": limiter.in_flight,
            "requests": limiter.window.charged(now) if limiter.window else 0,
            "tokens": limiter.budget.charged(now) if limiter.budget else 0,
        }
        unit = {"tokens": limiter.next_tokens}
        parts = {}
        for name, limit in self._limits.items():
            wanted = used[name] + limiter.waiting * unit.get(name, 1) if limiter.waiting or limiter.in_flight else 0
            least = min(unit.get(name, 1), limit)
            parts[name] = Part(used[name], max(used[name], self._enforced[name]), min(wanted, limit), least)
        held = limiter.adaptive_limiter.seconds_held(now)
        breaker, concurrency = limiter.breaker, limiter.concurrency
        return {
            "parts": parts,
            "served": min(now - limiter.started_at, NEVER_SECONDS),
            "down": breaker.seconds_down(now) if breaker.is_down_for_itself else None,
            "answered": min(now - limiter.answered_at, NEVER_SECONDS),
            "hold": -held if held > 0 else None,
            "rate": limiter.adaptive_limiter.learned,
            "fit": concurrency.limit if concurrency.is_reduced else None,
            "requests_at": limiter.window.ages(now) if limiter.window else [],
            "tokens_at": limiter.budget.ages(now) if limiter.budget else [],
        }

    def renew(self, now: float, me: str, reported: Mapping[str, Any], leases: Mapping[str, Lease]) -> dict[str, Any]:
        """This run's new share, given the leases of all runs; `now` is the store's time. Runs in any thread."""
        live = {holder: lease.share for holder, lease in leases.items() if lease.is_live and holder != me}
        ended = [lease.share for holder, lease in leases.items() if not lease.is_live and holder != me]
        share = _in_store_time(reported, now)
        held, targets, is_whole = {}, {}, True
        for name, limit in self._limits.items():
            own = replace(reported["parts"][name], served_at=share["served"])
            parts = {holder: Part.of(other.get(name)) for holder, other in live.items()} | {me: own}
            if name == "flight":
                limit = _fitting(limit, [other.get("fit") for other in live.values()], own=share["fit"])
            gone = sum(_still_counted(other, name, now) for other in ended)
            targets[name] = next_target(limit, me, parts, gone=gone)
            held[name] = next_held(limit, me, parts, targets[name], gone=gone)
            is_whole &= not gone
            share[name] = replace(own, held=held[name]).as_json()
        down = [
            other["down"] for holder, other in live.items() if other.get("down") and _follows(me, share, holder, other)
        ]
        rates = [other["rate"] for other in live.values() if other.get("rate")]
        self._grant = _Grant(
            held,
            targets,
            is_alone=not live and is_whole,
            hold_seconds=max((other["hold"] - now for other in live.values() if other.get("hold")), default=0.0),
            rate=fmean(rates) if rates else None,
            down_seconds=now - min(down) if down else None,
        )
        return {**share, "at": now}

    def apply(self, *, expires_at: float) -> None:
        """Puts what `renew` found into force, until this time of the event loop."""
        if (grant := self._grant) is None:
            return
        # What is to be given up is no longer used from now on; the store learns of it with the next report.
        self._enforced = {name: min(grant.held[name], grant.targets[name]) for name in LIMITS}
        self._limiter.share(
            Shares(
                in_flight=self._enforced["flight"],
                requests=self._enforced["requests"],
                tokens=self._enforced["tokens"],
                pace=self._pace if grant.is_alone else min(self._pace, max(1, grant.targets["requests"])),
                is_alone=grant.is_alone,
                expires_at=expires_at,
            )
        )
        self._limiter.learn(hold_seconds=grant.hold_seconds, per_second=grant.rate, down_seconds=grant.down_seconds)


def left_behind(share: Mapping[str, Any]) -> dict[str, Any]:
    """The last share of a run that ends: nothing but what still counts within the minute."""
    return {**share, "down": None, "rate": None, "fit": None, "is_over": True}


def endpoint_key(endpoint: Endpoint) -> str:
    """Names the endpoint without its secrets: the group of settings, address and model, and a digest with the key.

    Two keys may have different quotas, so they have different limits.
    """
    parts = (endpoint.name, endpoint.base_url, endpoint.model, endpoint.api_key.get_secret_value())
    return "endpoint:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _in_store_time(reported: Mapping[str, Any], now: float) -> dict[str, Any]:
    """The report with moments of the store's clock in the place of ages."""
    moments = {
        name: None if (age := reported[name]) is None else now - age for name in ("served", "down", "answered", "hold")
    }
    started = {name: [[now - age, count] for age, count in reported[name]] for name in ("requests_at", "tokens_at")}
    return {"rate": reported["rate"], "fit": reported["fit"], **moments, **started}


def _fitting(limit: int, fits: Sequence[int | None], *, own: int | None) -> int:
    """The requests in flight of all runs: as many as the server is known to answer, if it is slow."""
    known = [fit for fit in (*fits, own) if fit is not None]
    return min(limit, sum(known)) if known else limit


def _follows(me: str, share: Mapping[str, Any], other: str, others: Mapping[str, Any]) -> bool:
    """Whether the other run probes the server for this one too; of those that found it down, the first by name does."""
    return other < me if share["down"] else bool(share["answered"] < others["down"])


def _still_counted(share: Mapping[str, Any], name: str, now: float) -> int:
    """What an ended run has used of a limit that still counts."""
    if name == "flight":
        return 0
    counted = sum(count for at, count in share.get(f"{name}_at", ()) if at > now - MINUTE_SECONDS)
    if share.get("is_over") or share.get("at", 0.0) <= now - MINUTE_SECONDS:
        return int(counted)
    held = Part.of(share.get(name)).held
    unreported = held if name == "tokens" else 1 + held * UNREPORTED_SECONDS / 60
    return int(min(held, counted + unreported))


def _whole(limit: float | None) -> int:
    """Fewer than one a minute are one, and no limit is 0."""
    return 0 if limit is None else max(1, int(limit))
