"""The stores that `ranking` reads: where they are, and their projects."""

from collections.abc import Sequence
from pathlib import Path

from judge_pipeline.reporting.ranking import RankedProject
from judge_pipeline.settings.settings import SettingsError
from judge_pipeline.store.address import Address
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline.store.store import Store

FILES = ("store.sqlite3", "demo/store.sqlite3")
"""Where a home keeps its store, and that of its demo."""


def store_url(given: str) -> str:
    """The URL of a store that a user names: itself, the path of an SQLite file, or a home that holds one.

    Raises:
        SettingsError: the folder holds no store, or the text is neither.
    """
    if "://" in given:
        return given
    path = Path(given).expanduser().resolve()
    if "@" in given and not path.exists():  # perhaps a URL without its beginning, and then with a password
        raise SettingsError("--store has an @ and names no file: expected a home, an SQLite file, or postgresql://…")
    if not path.is_dir():
        return f"sqlite:///{path}"
    files = [path / name for name in FILES if (path / name).is_file()]
    if not files:
        raise SettingsError(
            f"expected {FILES[0]} in the folder {given}, found none; --store takes a home, an SQLite file or a database URL"
        )
    return f"sqlite:///{files[0]}"


def ranked_projects(urls: Sequence[str], wanted: Sequence[str], *, assume_random: bool) -> list[RankedProject]:
    """The projects with captions in these stores: the wanted ones, or all. Reads only, and only one store at a time.

    Raises:
        SettingsError: a wanted project is in none of the stores.
        StoreError: a store cannot be read.
    """
    stores = {url: str(Address.read(url)) for url in urls}
    found: list[RankedProject] = []
    known: set[str] = set()
    for url, address in stores.items():
        store = Store.open_to_read(url)
        try:
            projects = store.projects
            known.update(projects)
            for project in projects:
                if not wanted or project in wanted:
                    outcomes = load_outcomes(store.project(project), assume_random=assume_random)
                    found.append(RankedProject(f"{project} in {address}" if len(stores) > 1 else project, outcomes))
        finally:
            store.close()
    if missing := [project for project in wanted if project not in known]:
        raise SettingsError(
            f"expected projects of {', '.join(stores.values())}, found none with captions called {', '.join(missing)}; "
            f"there are: {', '.join(sorted(known)) or 'none'}"
        )
    return found
