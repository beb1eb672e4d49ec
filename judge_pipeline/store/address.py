"""The store's address: its URL, checked, and a display name without secrets."""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from judge_pipeline.store.errors import StoreUnavailable

EXPECTED = "expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"

DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
"""Named explicitly, because SQLAlchemy releases differ in what plain `postgresql://` means."""


@dataclass(frozen=True, slots=True)
class Address:
    """A checked address. `str` gives the database without user, password or options."""

    url: URL = field(repr=False)

    @classmethod
    def read(cls, text: str) -> "Address":
        """Reads an SQLAlchemy URL.

        Raises:
            StoreUnavailable: not a URL, or not of a supported database. The message leaves the URL out.
        """
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):
            raise StoreUnavailable(f"the store's address is not a database URL: {EXPECTED}") from None
        if url.drivername not in DRIVERS:
            raise StoreUnavailable(f"the store cannot be a {url.drivername!r} database: {EXPECTED}")
        if "@" in (url.host or ""):
            raise StoreUnavailable(
                f"the store's address has one @ too many: write @ in a user or password as %40, {EXPECTED}"
            )
        address = cls(url.set(drivername=DRIVERS[url.drivername]))
        if address.is_sqlite and (not url.database or url.database == ":memory:" or "uri" in url.query):
            raise StoreUnavailable(
                "the store cannot be in memory or use SQLite's own URI format, because several threads and "
                "processes share its file: expected sqlite:///PATH"
            )
        return address

    @property
    def is_sqlite(self) -> bool:
        """True for an SQLite file, False for a PostgreSQL server."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path:
        """SQLite's file."""
        return Path(self.url.database or "")

    def __str__(self) -> str:
        if self.is_sqlite:
            return str(self.file)
        host = self.url.host or self.url.query.get("host") or "its default host"
        port = f":{self.url.port}" if self.url.port else ""
        return f"{self.url.database!r} on {host}{port}"


def store_exists(text: str) -> bool:
    """Whether opening this address creates no file; a server is taken to exist.

    Raises:
        StoreUnavailable: not a URL, or not of a supported database.
    """
    address = Address.read(text)
    return not address.is_sqlite or address.file.exists()
