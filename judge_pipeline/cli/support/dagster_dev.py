"""`dagster dev` as a child process, stopped together with everything that it started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import requests

from judge_pipeline.cli.support.browser import open_in_browser
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.local.pair.errors import LocalServerError, PortInUse
from judge_pipeline.local.pair.sockets import LOOPBACK, bind
from judge_pipeline.settings.names import is_meant_as_setting
from judge_pipeline.settings.settings import Settings

PORT = 3000
"""Dagster's default."""

STOP_SECONDS = 20
"""How long Dagster may take to stop its web server, daemon and runs before it is killed; it needs 1 to 7."""

GROUPS = "{ assetNodes { groupName } }"
"""The GraphQL question for every asset's group."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill`, and a closed terminal."""


def web_port(requested: int | None) -> int:
    """The requested port; otherwise Dagster's default, or any free port if that is taken.

    Raises:
        PortInUse: the requested port is taken.
    """
    try:
        bound = bind(PORT if requested is None else requested)
    except PortInUse:
        if requested is not None:
            raise
        bound = bind(0)
    with bound:
        return int(bound.getsockname()[1])


def serve_dagster(settings: Settings, dagster_home: Path, terminal: Terminal, *, port: int) -> None:
    """Runs until a signal, then stops the web server, the daemon and their children; a second signal kills them.

    Raises:
        LocalServerError: Dagster exited without a signal.
    """
    url = f"http://{LOOPBACK}:{port}"
    log_file = settings.embedded_folder / "dagster.log"
    terminal.print(f"Starting Dagster, which takes a few seconds (log: {log_file}) …")
    with _stop_signals() as received, log_file.open("ab") as log:
        command = [sys.executable, "-m", "dagster", "dev", "-m", "judge_pipeline.definitions"]
        # Its own session: whatever Dagster starts stops with it, and Ctrl-C reaches it only through this process.
        child = subprocess.Popen(  # noqa: S603
            [*command, "-h", LOOPBACK, "-p", str(port)],
            env=_environment(settings, dagster_home, url),
            cwd=settings.embedded_folder,  # Dagster puts the .env of its working directory over the environment
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            is_announced = False
            while child.poll() is None and not received:
                if not is_announced and _is_up(url):
                    is_announced = True
                    graph = graph_url(url)
                    terminal.print(f"Dagster is at {graph} (Ctrl-C stops it and the local servers)", style="bold green")
                    open_in_browser(graph)
                time.sleep(0.2)
            if not received:
                raise LocalServerError(f"Dagster exited with code {child.returncode}; its log is {log_file}")
            terminal.print("Stopping Dagster …")
        finally:
            _stop_group(child, is_urgent=lambda: len(received) > 1)


def graph_url(url: str) -> str:
    """The page of the asset graph with all groups expanded; Dagster shows closed ones as a grey box each.

    Its address names a group `global@global:group`, and its parents if there are slashes in the group's name.
    """
    page = f"{url}/asset-groups"
    try:
        answer = requests.post(f"{url}/graphql", json={"query": GROUPS}, timeout=30).json()
        names = {node["groupName"] for node in answer["data"]["assetNodes"] if node["groupName"]}
    except (requests.exceptions.RequestException, LookupError, TypeError, ValueError):
        return page
    paths = {
        "/".join(parts[: depth + 1]) for name in names for parts in [name.split("/")] for depth in range(len(parts))
    }
    expanded = quote(",".join(f"global@global:{path}" for path in sorted(paths)), safe="@:,/")
    return f"{page}?expanded={expanded}" if paths else page


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """Collects stop signals, instead of raising an exception at an arbitrary point."""
    received: list[int] = []
    previous = {each: signal.signal(each, lambda number, _frame: received.append(number)) for each in STOP_SIGNALS}
    try:
        yield received
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)


def _environment(settings: Settings, dagster_home: Path, url: str) -> dict[str, str]:
    """This process's environment with the demo's home, without the settings that are meant for `run`."""
    others = {name: value for name, value in os.environ.items() if not is_meant_as_setting(name, type(settings))}
    own = {"JUDGE_PIPELINE_HOME": str(settings.judge_pipeline_home), "DAGSTER_WEBSERVER_URL": url}
    return {**others, **own, "DAGSTER_HOME": str(dagster_home), "PYTHONWARNINGS": "ignore"}


def _is_up(url: str) -> bool:
    try:
        return requests.get(f"{url}/server_info", timeout=2).ok
    except requests.exceptions.RequestException:
        return False


def _stop_group(child: "subprocess.Popen[bytes]", *, is_urgent: Callable[[], bool]) -> None:
    for number, patience_seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGKILL, 5)):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        deadline = time.monotonic() + patience_seconds
        while _is_group_alive(child) and time.monotonic() < deadline and not (number == signal.SIGINT and is_urgent()):
            time.sleep(0.1)
        if not _is_group_alive(child):
            return


def _is_group_alive(child: "subprocess.Popen[bytes]") -> bool:
    child.poll()
    try:
        os.killpg(child.pid, 0)
    except ProcessLookupError:
        return False
    return True
