"""`dagster dev` as a child on an instance of ours, ended with everything that it started."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from types import FrameType

import requests
from rich.console import Console

from judge_pipeline.embedded.serving import LOOPBACK
from judge_pipeline.settings import Settings

START_SECONDS = 120
END_SECONDS = 20


def serve_dagster(settings: Settings, dagster_home: str, console: Console, *, port: int) -> None:
    """Runs until Ctrl-C or SIGTERM, then ends the web server, the daemon and their children."""
    port = _free_port(port)
    url = f"http://{LOOPBACK}:{port}"
    command = [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "-m",
        "judge_pipeline.definitions",
        "-h",
        LOOPBACK,
        "-p",
        str(port),
    ]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ENCORD_", "LLM1__", "LLM2__", "JUDGE__"))
    }
    environment |= {
        "DAGSTER_HOME": dagster_home,
        "JUDGE_PIPELINE_HOME": str(settings.judge_pipeline_home.resolve()),
        "PYTHONWARNINGS": "ignore",
    }
    # A session of its own: whatever dagster starts is ended with it, and Ctrl-C reaches it only through us.
    child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    before = signal.signal(signal.SIGTERM, _as_interrupt)
    threading.Thread(target=_announce, args=(url, console, child), daemon=True).start()
    try:
        child.wait()
    except KeyboardInterrupt:
        console.print("ending Dagster …")
    finally:
        signal.signal(signal.SIGTERM, before)
        _end(child)


def _announce(url: str, console: Console, child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        try:
            if requests.get(f"{url}/server_info", timeout=2).ok:
                console.print(
                    f"Dagster is at {url}/asset-groups (Ctrl-C ends it and the local servers)", style="bold green"
                )
                return
        except requests.exceptions.RequestException:
            time.sleep(0.5)


def _end(child: "subprocess.Popen[bytes]") -> None:
    for sign, patience_seconds in ((signal.SIGINT, END_SECONDS), (signal.SIGKILL, 5)):
        try:
            os.killpg(child.pid, sign)
            child.wait(patience_seconds)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _free_port(wanted: int) -> int:
    """The wanted port, or any other when it is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wanted))
        except OSError:
            probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
