"""What the demo does: servers started, a project of photographs made, the path walked, and what came of it counted."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import requests

from judge_pipeline.cli.support.banner import print_banner
from judge_pipeline.cli.support.run_pipeline import work_through, write_report_again
from judge_pipeline.cli.support.scripted_choices import make_scripted_choices
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.composition import make_resources
from judge_pipeline.local.pair.errors import LocalServerError
from judge_pipeline.local.pair.pair import LocalPair, RunningPair
from judge_pipeline.local.pair.photographs import Photograph
from judge_pipeline.local.pair.sample_project import ensure_sample_project
from judge_pipeline.settings.settings import Settings
from judge_pipeline.store.store import Store


@dataclass(frozen=True, slots=True)
class Summary:
    """What `--json` writes. `failed` counts tags; calls and requests are those of this command."""

    images: int
    text_items: int
    judgements: int
    failed: int
    model_calls: int
    encord_requests: int
    encord_writes: int
    seconds: float
    project_hash: str
    encord_domain: str
    encord_ssh_key_file: str
    dagster_home: str

    def to_json(self) -> str:
        """Indented, with a line end."""
        return json.dumps(asdict(self), indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Counted:
    """What the local servers have counted since they were started."""

    model_calls: int
    encord_requests: int
    encord_writes: int

    @classmethod
    def now(cls, running: RunningPair) -> "Counted":
        """Asks both servers.

        Raises:
            LocalServerError: one of them does not answer any more.
        """
        try:
            encord = requests.get(f"{running.encord_url}/_local/stats", timeout=30).json()
            models = requests.get(f"{running.models_url}/_local/stats", timeout=30).json()
        except requests.exceptions.RequestException as error:
            raise LocalServerError(
                f"a local server has ended meanwhile ({type(error).__name__}); run the demo again, it goes on from there"
            ) from None
        return cls(models["calls"], encord["total"], encord["writes"])


def demonstrate(
    settings: Settings, photographs: Sequence[Photograph], terminal: Terminal, *, scripted_choices: bool = False
) -> tuple[Summary, bool]:
    """Walks the path with what is missing of the photographs, prints what came of it, and sums up; False when something failed.

    With `scripted_choices` a script then decides some of the images, and the report is written anew.
    """
    started = time.monotonic()
    pair = LocalPair(settings.embedded_folder, log=terminal.say)
    running = pair.ensure_running()
    before = Counted.now(running)
    ensure_sample_project(pair, running.encord_url, photographs)
    pipeline = make_resources(settings, log=terminal.say)
    print_banner(pipeline, terminal)
    dagster_home = settings.embedded_folder / "dagster_home"
    is_done = work_through(settings, pipeline, terminal, dagster_home=dagster_home)
    if scripted_choices:
        count = make_scripted_choices(pipeline, terminal)
        terminal.say(f"A script, and no person, has decided {count} images; the report says so.")
        write_report_again(settings, pipeline, terminal, dagster_home=dagster_home)
    after = Counted.now(running)
    counts = _counts(settings, pipeline.project_hash)
    summary = Summary(
        images=counts.get("images", 0),
        text_items=2 * counts.get("linked_text_items", 0),
        judgements=counts.get("judgements", 0),
        failed=failed_tags(settings, pipeline.project_hash),
        model_calls=after.model_calls - before.model_calls,
        encord_requests=after.encord_requests - before.encord_requests,
        encord_writes=after.encord_writes - before.encord_writes,
        seconds=round(time.monotonic() - started, 1),
        project_hash=pipeline.project_hash,
        encord_domain=pipeline.connection.domain,
        encord_ssh_key_file=str(pair.key_file),
        dagster_home=str(dagster_home),
    )
    terminal.say(
        f"It took {summary.seconds} s, {summary.model_calls} model calls and {summary.encord_requests} requests "
        f"to Encord, {summary.encord_writes} of them writes."
    )
    return summary, is_done


def failed_tags(settings: Settings, project_hash: str) -> int:
    """How many tags stand as failed now."""
    store = Store.open(settings.database_url)
    try:
        return len({failure.tag for failure in store.project(project_hash).failures()})
    finally:
        store.close()


def _counts(settings: Settings, project_hash: str) -> dict[str, int]:
    store = Store.open(settings.database_url)
    try:
        return store.project(project_hash).result_counts()
    finally:
        store.close()
