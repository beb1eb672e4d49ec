"""`dagster dev` as a child on an instance of ours, ended with everything that it started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.local.pair.errors import LocalServerError, PortInUse
from judge_pipeline.local.pair.sockets import LOOPBACK, bind
from judge_pipeline.settings.settings import Settings

PORT = 3000
"""Dagster's own default."""

END_SECONDS = 20
"""How long Dagster may take to end its web server, daemon and runs before it is killed; it needs one to seven."""

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill`, and a terminal that is closed."""


def web_port(asked_for: int | None) -> int:
    """The port that a person asked for, or Dagster's own default, or any free one when that is taken.

    Raises:
        PortInUse: the one that was asked for is taken.
    """
    try:
        bound = bind(PORT if asked_for is None else asked_for)
    except PortInUse:
        if asked_for is not None:
            raise
        bound = bind(0)
    with bound:
        return int(bound.getsockname()[1])


def serve_dagster(settings: Settings, dagster_home: Path, terminal: Terminal, *, port: int) -> None:
    """Runs until a signal asks for the end, then ends the web server, the daemon and their children; a second signal kills them.

    Raises:
        LocalServerError: Dagster ended by itself.
    """
    url = f"http://{LOOPBACK}:{port}"
    log_file = settings.embedded_folder / "dagster.log"
    terminal.say(f"Starting Dagster, which takes some seconds (log: {log_file}) …")
    with _endings() as asked, log_file.open("ab") as log:
        command = [sys.executable, "-m", "dagster", "dev", "-m", "judge_pipeline.definitions"]
        # A session of its own: whatever Dagster starts is ended with it, and Ctrl-C reaches it only through us.
        child = subprocess.Popen(  # noqa: S603
            [*command, "-h", LOOPBACK, "-p", str(port)],
            env=_environment(settings, dagster_home, url),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            is_told = False
            while child.poll() is None and not asked:
                if not is_told and _answers(url):
                    is_told = True
                    terminal.say(
                        f"Dagster is at {url}/asset-groups (Ctrl-C ends it and the local servers)", style="bold green"
                    )
                time.sleep(0.2)
            if not asked:
                raise LocalServerError(
                    f"Dagster ended by itself with exit code {child.returncode}; its log is {log_file}"
                )
            terminal.say("Ending Dagster …")
        finally:
            _end_group(child, is_urgent=lambda: len(asked) > 1)


@contextmanager
def _endings() -> Iterator[list[int]]:
    """Collects the signals that ask for the end, instead of raising wherever the program happens to be."""
    received: list[int] = []
    before = {sign: signal.signal(sign, lambda number, _frame: received.append(number)) for sign in ENDINGS}
    try:
        yield received
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _environment(settings: Settings, dagster_home: Path, url: str) -> dict[str, str]:
    """This process's, with the demo's home and none of the settings that are meant for `run`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.lower().partition("__")[0] not in type(settings).model_fields
    }
    ours = {"JUDGE_PIPELINE_HOME": str(settings.judge_pipeline_home), "DAGSTER_WEBSERVER_URL": url}
    return {**kept, **ours, "DAGSTER_HOME": str(dagster_home), "PYTHONWARNINGS": "ignore"}


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/server_info", timeout=2).ok
    except requests.exceptions.RequestException:
        return False


def _end_group(child: "subprocess.Popen[bytes]", *, is_urgent: Callable[[], bool]) -> None:
    for sign, patience_seconds in ((signal.SIGINT, END_SECONDS), (signal.SIGKILL, 5)):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, sign)
        deadline = time.monotonic() + patience_seconds
        while _group_lives(child) and time.monotonic() < deadline and not (sign == signal.SIGINT and is_urgent()):
            time.sleep(0.1)
        if not _group_lives(child):
            return


def _group_lives(child: "subprocess.Popen[bytes]") -> bool:
    child.poll()
    try:
        os.killpg(child.pid, 0)
    except ProcessLookupError:
        return False
    return True
