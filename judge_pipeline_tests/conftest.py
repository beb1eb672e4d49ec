"""For every test: no connections beyond this machine, and no deadline for generated examples."""

import gc
import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

from judge_pipeline_tests.engines import share_engines
from judge_pipeline_tests.migrations import cache_migrations

# An example may be slow because it imports a library or the machine is busy; pytest-timeout stops what hangs. Each run draws
# other examples, so a fifth of the default hundred is enough; `--hypothesis-profile thorough` draws a thousand.
hypothesis.settings.register_profile("untimed", deadline=None, max_examples=20)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=10)  # of `make test-fast`
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("untimed")

SLOW_FIXTURES = frozenset(
    {"trial", "trial_instance", "user_project", "fuzzed", "sandbox", "harness", "described", "postgresql"}
)
"""Tests with the first three run Dagster, half a second and more; the others send many requests, run networks or need PostgreSQL."""

gc.disable()  # collecting while a million objects are imported would take 5 % of all tests' time


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what `-m` deselects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with some fixtures are slow too. All slow tests run first, so that no worker is left with one at the end."""
    for item in items:
        if not SLOW_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item, seen: set[str] = set()) -> None:  # noqa: B006
    """Every batch begins with a collection, for which what older tests left costs time; what a file left is collected once."""
    if "trial" in getattr(item, "fixturenames", ()):
        file = item.nodeid.partition("::")[0]
        if file not in seen:
            seen.add(file)
            gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def migrations_are_cached() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        cache_migrations(patch)
        share_engines(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def no_network_beyond_this_machine() -> Iterator[None]:
    """Refuses every connection except to loopback addresses and Unix sockets; proxies are removed."""
    original = socket.socket.connect, socket.socket.connect_ex
    with pytest.MonkeyPatch.context() as patch:

        def connect(self: socket.socket, address: Any) -> None:
            _check(self, address)
            original[0](self, address)

        def connect_ex(self: socket.socket, address: Any) -> int:
            _check(self, address)
            return original[1](self, address)

        patch.setattr(socket.socket, "connect", connect)
        patch.setattr(socket.socket, "connect_ex", connect_ex)
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            patch.delenv(name)
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield


def _check(self: socket.socket, address: Any) -> None:
    if self.family == socket.AF_UNIX or address[0] == "127.0.0.1":
        return
    host = str(address[0])
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    if not is_here:
        raise RuntimeError(f"a test tried to reach {address}; tests talk to 127.0.0.1 only")
