"""A demo home made by an earlier commit, opened by the present tree: the same results, no model calls, no writes.

    python -m benchmarks.earlier_home COMMIT

Makes the home with that commit's code under this environment's libraries, lets the demo's script choose, and runs the demo
of both trees on it again. Then compares the demo's JSON, the store, Dagster's runs and materialisations, and the numbers
and keys of the report; tables and keys may be added. Also makes a fresh home with the present tree and compares what was
captioned and judged. Ends with 1 if anything differs.
"""

import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

TREE = Path(__file__).resolve().parents[1]
BOOKKEEPING = ("_heartbeats", "_sync_cursors")
"""Tables to which a run of the present tree may add rows."""

OF_THE_RUN = {"seconds", "encord_domain", "encord_requests"}
"""Keys of the demo's JSON that differ from run to run."""

STOP = "from {module} import {name}; from pathlib import Path; {name}(Path({folder!r})).stop()"
PAIRS = (("judge_pipeline.local.pair.pair", "LocalPair"), ("judge_pipeline.embedded.pair", "EmbeddedPair"))


def python(tree: Path, code: str, *arguments: object) -> None:
    """Runs code with the package of a tree."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(tree)}
    subprocess.run(command, check=True, cwd=tree, env=environment, stdout=subprocess.DEVNULL)


MOVING_CURSORS = frozenset({"report", "images read in turn"})


def demo(tree: Path, home: Path, *options: str) -> dict[str, Any]:
    """The summary of a demo by the code of `tree`, whose servers are stopped afterwards."""
    home.mkdir(exist_ok=True)
    summary = home / "summary.json"
    main = "from judge_pipeline.cli import main; main()"
    python(tree, main, "demo", "--home", home, "--json", summary, *options)
    for module, name in PAIRS:
        if (tree / module.replace(".", "/")).with_suffix(".py").exists():
            python(tree, STOP.format(module=module, name=name, folder=str(home / "demo")))
    found: dict[str, Any] = json.loads(summary.read_text())
    return {key: value for key, value in found.items() if key not in OF_THE_RUN}


def rows(file: Path, query: str) -> list[Any]:
    """What a query of a SQLite file returns."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def store_of(home: Path) -> dict[str, list[str]]:
    """The store's rows by table; tables that were renamed under their new name.

    Without leases, the schema's revision, and the cursors of the report, which another tree may write again, and of discovery.
    """
    file = home / "demo" / "store.sqlite3"
    tables = [
        name
        for (name,) in rows(file, "SELECT name FROM sqlite_master WHERE name LIKE 'judge_pipeline_%' AND type='table'")
    ]
    return {
        table.replace("_looks", "_sync_cursors"): sorted(
            map(repr, (row for row in rows(file, f"SELECT * FROM {table}") if not MOVING_CURSORS.intersection(row)))
        )
        for table in tables
        if not table.endswith(("_leases", "_schema_revision"))
    }


def materialisations_of(home: Path) -> list[Any]:
    """How often Dagster knows each partition to have been materialised by runs that are also in its list of runs."""
    history = home / "demo" / "dagster_home" / "history"
    known = {run_id for (run_id,) in rows(history / "runs.db", "SELECT run_id FROM runs")}
    events = rows(
        history / "runs" / "index.db",
        "SELECT asset_key, partition, run_id FROM event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION'",
    )
    return sorted((asset, partition or "", run_id) for asset, partition, run_id in events if run_id in known)


def report_of(home: Path) -> Any:
    """The report's JSON."""
    return json.loads((home / "demo" / "report.json").read_text())


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Where two JSON values differ in keys, lengths, types and numbers, but for the last digits of fractions.

    Keys may be new, and sentences worded differently.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        yield from (f"{path}/{key}: gone" for key in sorted(old.keys() - new.keys()))
        for key in sorted(old.keys() & new.keys()):
            yield from differences(old[key], new[key], f"{path}/{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif isinstance(old, float) and isinstance(new, float) and math.isclose(old, new, rel_tol=1e-9):
        return
    elif type(old) is not type(new) or (old != new and not isinstance(old, str)):
        yield f"{path}: {old!r}, now {new!r}"


def judged(home: Path) -> list[Any]:
    """Captions and choices by image, without what is drawn by lot: Tags, item uuids and times."""
    file = home / "demo" / "store.sqlite3"
    values = [json.loads(value) for (value,) in rows(file, "SELECT value FROM judge_pipeline_results")]
    titles = {value["tag"]: value["title"] for value in values if "thumbnail" in value}
    captions = [[titles[value["tag"]], value["captioner"], value["text"]] for value in values if "text" in value]
    choices = [
        [titles[value["tag"]], value["choice"] or "", value["scores"]] for value in values if "orders_agree" in value
    ]
    return sorted(captions, key=str) + sorted(choices, key=str)


def compare(commit: str, folder: Path) -> Iterator[str]:
    """What differs."""
    earlier, home, fresh = folder / "earlier", folder / "home", folder / "fresh"
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", earlier, commit], check=True, cwd=TREE)
    try:
        demo(earlier, home, "--scripted-choices")
        old_demo, old_store, old_report = demo(earlier, home), store_of(home), report_of(home)
        old_materialisations = materialisations_of(home)
        new_demo = demo(TREE, home)
        if old_demo != new_demo:
            yield f"the demo's JSON: {old_demo}, now {new_demo}"
        if (new_demo["model_calls"], new_demo["encord_writes"]) != (0, 0):
            yield f"{new_demo['model_calls']} model calls and {new_demo['encord_writes']} writes"
        new_store = store_of(home)
        for table in sorted(old_store):
            old_rows, new_rows = old_store[table], new_store.get(table, [])
            if set(old_rows) - set(new_rows) or (len(old_rows) != len(new_rows) and not table.endswith(BOOKKEEPING)):
                yield f"the store's table {table}"
        now = materialisations_of(home)
        if lost := [each for each in old_materialisations if each not in now]:
            yield f"{len(lost)} of {len(old_materialisations)} materialisations are no longer in Dagster's history"
        yield from differences(old_report, report_of(home), "report.json")
        demo(TREE, fresh)
        if judged(home) != judged(fresh):
            yield "captions or judgements of a fresh home"
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", earlier], check=True, cwd=TREE)


def main() -> None:
    """The command."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(tempfile.mkdtemp(prefix="earlier-home-"))
    try:
        found = list(compare(sys.argv[1], folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(*(f"differs: {each}" for each in found), sep="\n", end="\n" if found else "")
    print(f"{len(found)} differences to a home of {sys.argv[1]}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
