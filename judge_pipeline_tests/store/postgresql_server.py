"""A PostgreSQL server of the tests' own: made from nothing, reached through a Unix socket, gone afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

STARTING_SECONDS = 60
UNPRIVILEGED = ("postgres", "nobody")
"""Accounts to run it as when the tests run as root, under which PostgreSQL refuses to start."""

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=200")
PASSWORD = "k6QpZ0rN-canary"


@dataclass(frozen=True)
class PostgresqlServer:
    """A running server. Its user `postgres` needs no password, `careful` has to give `PASSWORD`."""

    folder: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str, *, user: str = "postgres") -> str:
        """The address of one of its databases, as a person would write it."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """An empty database for as long as the block lasts; yields its name."""
        name = f"test_{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name}")
        yield name
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, *statements: str) -> None:
        """Runs statements as its administrator."""
        self.execute_in("postgres", *statements)

    def execute_in(self, database: str, *statements: str) -> None:
        """The same, inside one of its databases."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def programs() -> Path | None:
    """The folder that has `initdb` and `postgres`: the newest of Debian's, which are not on the PATH, or the PATH's."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    found = shutil.which("initdb") or (debian[-1] if debian else None)
    return Path(found).resolve().parent if found else None


@contextmanager
def running_postgresql(bin_folder: Path) -> Iterator[PostgresqlServer]:
    """A new cluster, served until the block ends."""
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    process = None
    try:
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        _run_as(account, folder, bin_folder / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--no-sync").wait()
        (data / "pg_hba.conf").write_text("local all careful scram-sha-256\nlocal all all trust\n")
        options = [part for setting in FAST for part in ("-c", setting)]
        process = _run_as(account, folder, bin_folder / "postgres", "-D", data, "-k", folder, *options)
        server = PostgresqlServer(folder, process)
        _wait_for(server)
        server.execute(f"CREATE ROLE careful LOGIN PASSWORD '{PASSWORD}'")
        yield server
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: it does not wait for clients
            process.wait()
        shutil.rmtree(folder)


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    return next(accounts[name] for name in UNPRIVILEGED if name in accounts)


def _run_as(account: pwd.struct_passwd | None, folder: Path, *command: Path | str) -> subprocess.Popen[bytes]:
    switch = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **switch)  # type: ignore[call-overload,no-any-return]


def _wait_for(server: PostgresqlServer) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while True:
        try:
            return server.execute("SELECT 1")
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(server.folder / 'log').read_text()}") from None
            time.sleep(0.05)
