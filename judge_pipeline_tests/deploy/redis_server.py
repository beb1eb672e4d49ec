"""A Redis server of the tests' own."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import redis

from judge_pipeline.local.pair.sockets import bind
from judge_pipeline_tests.processes import wait_until


def redis_program() -> str | None:
    """The program, if it is installed."""
    return shutil.which("redis-server")


@contextmanager
def running_redis(program: str, folder: Path) -> Iterator[str]:
    """An empty server on a free port of this machine, gone at the end of the block; yields its URL without a database."""
    with bind(0) as bound:
        port = bound.getsockname()[1]
    folder.mkdir()
    command = [
        program,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(folder),
    ]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        with closing(redis.Redis(port=port)) as client:
            wait_until(lambda: _responds(client), seconds=30, otherwise=(folder / "log").read_text)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _responds(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
