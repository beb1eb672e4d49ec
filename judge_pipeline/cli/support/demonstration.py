"""What the demo does: start the servers, create a project of photographs, run the pipeline and count the results."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import requests

from judge_pipeline.cli.support.run_pipeline import Ending, rewrite_report, run_pipeline
from judge_pipeline.cli.support.scripted_choices import make_scripted_choices
from judge_pipeline.cli.support.terminal import Terminal, print_banner
from judge_pipeline.composition.pipeline import make_resources
from judge_pipeline.local.pair.errors import LocalServerError
from judge_pipeline.local.pair.pair import LocalPair, RunningPair
from judge_pipeline.local.pair.photographs import Photograph
from judge_pipeline.local.pair.sample_project import ensure_sample_project
from judge_pipeline.settings.settings import Settings
from judge_pipeline.store.store import Store


@dataclass(frozen=True, slots=True)
class Summary:
    """What `--json` writes. `failed` counts tags; calls, live or in batches, requests and writes are this command's."""

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
        """Indented, with a newline at the end."""
        return json.dumps(asdict(self), indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class ServerCounts:
    """What the local servers have counted since they started."""

    model_calls: int
    encord_requests: int
    encord_writes: int

    @classmethod
    def fetch(cls, running: RunningPair) -> "ServerCounts":
        """Asks both servers.

        Raises:
            LocalServerError: one of them no longer answers.
        """
        try:
            encord = requests.get(f"{running.encord_url}/_local/stats", timeout=30).json()
            models = requests.get(f"{running.models_url}/_local/stats", timeout=30).json()
        except requests.exceptions.RequestException as error:
            raise LocalServerError(
                f"a local server stopped answering ({type(error).__name__}); run the demo again, it resumes where it stopped"
            ) from None
        return cls(models["calls"] + models["batch"]["calls"], encord["total"], encord["writes"])


def run_demo(
    settings: Settings, photographs: Sequence[Photograph], terminal: Terminal, *, scripted_choices: bool = False
) -> tuple[Summary, bool]:
    """Runs the pipeline on the photographs and prints the results; returns the summary and whether all succeeded.

    With `scripted_choices` a script then decides some of the images, and the report is written again.
    """
    started = time.monotonic()
    pair = LocalPair(settings.embedded_folder, log=terminal.print)
    running = pair.ensure_running()
    before = ServerCounts.fetch(running)
    ensure_sample_project(pair, running.encord_url, photographs)
    pipeline = make_resources(settings, log=terminal.print)
    print_banner(pipeline, terminal)
    dagster_home = settings.embedded_folder / "dagster_home"
    ending = run_pipeline(settings, pipeline, terminal, dagster_home=dagster_home, wait_for_batches=True)
    if scripted_choices:
        count = make_scripted_choices(pipeline, terminal)
        terminal.print(f"A script, not a person, decided {count} images; the report says so.")
        rewrite_report(settings, pipeline, terminal, dagster_home=dagster_home)
    after = ServerCounts.fetch(running)
    with pipeline.open_store() as store:
        counts = store.result_counts()
    summary = Summary(
        images=counts.get("images", 0),
        text_items=2 * counts.get("linked_text_items", 0),
        judgements=counts.get("judgements", 0),
        failed=count_failed_tags(settings, pipeline.project_hash),
        model_calls=after.model_calls - before.model_calls,
        encord_requests=after.encord_requests - before.encord_requests,
        encord_writes=after.encord_writes - before.encord_writes,
        seconds=round(time.monotonic() - started, 1),
        project_hash=pipeline.project_hash,
        encord_domain=pipeline.connection.domain,
        encord_ssh_key_file=str(pair.key_file),
        dagster_home=str(dagster_home),
    )
    terminal.print(
        f"It took {summary.seconds} s, {summary.model_calls} model calls and {summary.encord_requests} requests to Encord, "
        f"{summary.encord_writes} of them writes."
    )
    return summary, ending is Ending.COMPLETE


def count_failed_tags(settings: Settings, project_hash: str) -> int:
    """How many tags are failed now."""
    store = Store.open(settings.database_url)
    try:
        return len({failure.tag for failure in store.project(project_hash).failures()})
    finally:
        store.close()
