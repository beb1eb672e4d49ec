"""`judge-pipeline demo`: the whole path on photographs, with nothing but this machine."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import requests
import typer
from rich.console import Console

from judge_pipeline.assets.report import report_of
from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.cli.dagster_dev import serve_dagster
from judge_pipeline.cli.dagster_home import dagster_instance
from judge_pipeline.cli.outcome_table import print_outcomes
from judge_pipeline.cli.progress import progress_of
from judge_pipeline.cli.working import find_work, materialize, write_report
from judge_pipeline.definitions import make_workbench
from judge_pipeline.embedded.pair import IDLE_SECONDS, EmbeddedPair, RunningPair
from judge_pipeline.embedded.photographs import photographs, sample_folder
from judge_pipeline.embedded.sample_project import ensure_sample_project
from judge_pipeline.settings import JudgeSettings, ModelSettings, Settings
from judge_pipeline.store.store import ProjectStore, Store


@dataclass(frozen=True, slots=True)
class Summary:
    """What `--json` writes."""

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


@dataclass(frozen=True, slots=True)
class Counted:
    """What the local servers have counted since they were started."""

    model_calls: int
    encord_requests: int
    encord_writes: int

    @classmethod
    def now(cls, running: RunningPair) -> "Counted":
        """Asks both servers."""
        encord = requests.get(f"{running.encord_url}/_local/stats", timeout=10).json()
        models = requests.get(f"{running.models_url}/_local/stats", timeout=10).json()
        return cls(models["calls"], encord["total"], encord["writes"])


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command()
    def demo(
        images: Annotated[
            Path | None, typer.Option(help="A folder of your own JPEG, PNG or WebP files instead of the samples.")
        ] = None,
        ui: Annotated[bool, typer.Option("--ui", help="Then open Dagster on the result, until Ctrl-C.")] = False,
        port: Annotated[int, typer.Option(help="Port of Dagster's web server with --ui.")] = 3000,
        json_file: Annotated[
            Path | None, typer.Option("--json", help="Write a summary for programs to this file.")
        ] = None,
        home: Annotated[Path, typer.Option(help="Folder for all state; give another for other images.")] = Path(
            ".judge_pipeline"
        ),
    ) -> None:
        """Caption and judge 23 photographs with a local Encord and local models: no account, no key, no cost."""
        console = Console()
        settings = _demo_settings(home)
        summary = _demo(settings, console, images or sample_folder())
        if json_file:
            json_file.write_text(json.dumps(asdict(summary), indent=2) + "\n", encoding="utf-8")
        if ui:
            serve_dagster(settings, summary.dagster_home, console, port=port)
            EmbeddedPair(settings.embedded_folder).stop()
        if summary.failed:
            raise typer.Exit(1)


def _demo_settings(home: Path) -> Settings:
    """The settings of a machine without any: whatever the environment says of Encord and models is for `run`."""
    return Settings(
        encord_domain=None,
        encord_ssh_key=None,
        encord_ssh_key_file=None,
        encord_project_hash=None,
        llm1=ModelSettings(),
        llm2=ModelSettings(),
        judge=JudgeSettings(),
        judge_pipeline_home=home,
        judge_pipeline_database_url=None,
    )


def _demo(settings: Settings, console: Console, folder: Path) -> Summary:
    started = time.monotonic()

    def tell(line: str) -> None:
        console.print(line, markup=False, highlight=False)

    found = photographs(folder)
    pair = EmbeddedPair(settings.embedded_folder, tell=tell)
    running = pair.ensure_running()
    before = Counted.now(running)
    ensure_sample_project(pair, running.encord_url, found)
    workbench = make_workbench(settings, tell=tell)
    tell(str(workbench))
    tell("The three models are measured descriptions by small image networks, not vision-language models.")
    dagster_home = settings.embedded_folder / "dagster_home"
    with dagster_instance(dagster_home) as instance:
        work = find_work(workbench, instance)
        if work.missing:
            with progress_of(workbench, console, tags=len(work.tags)):
                materialize(settings, instance, work.missing, batch_size=settings.judge_pipeline_batch_size)
        else:
            tell(f"All {len(work.tags)} images are judged already.")
        write_report(settings, instance)
    store = Store.open(workbench.database_url)
    records = store.project(workbench.project_hash)
    print_outcomes(console, report_of(records))
    summary = _summary(records, workbench, pair, running, before, dagster_home, time.monotonic() - started)
    store.close()
    _say_goodbye(tell, summary, workbench)
    return summary


def _summary(
    records: ProjectStore,
    workbench: Workbench,
    pair: EmbeddedPair,
    running: RunningPair,
    before: Counted,
    dagster_home: Path,
    seconds: float,
) -> Summary:
    counts = records.counts()
    after = Counted.now(running)
    return Summary(
        images=counts.get("images", 0),
        text_items=2 * counts.get("linked_text_items", 0),
        judgements=counts.get("judgements", 0),
        failed=len({failure.tag for failure in records.failures()}),
        model_calls=after.model_calls - before.model_calls,
        encord_requests=after.encord_requests - before.encord_requests,
        encord_writes=after.encord_writes - before.encord_writes,
        seconds=round(seconds, 1),
        project_hash=workbench.project_hash,
        encord_domain=workbench.connection.domain,
        encord_ssh_key_file=str(pair.key_file),
        dagster_home=str(dagster_home),
    )


def _say_goodbye(tell: Callable[[str], None], summary: Summary, workbench: Workbench) -> None:
    tell(
        f"{summary.seconds} s, {summary.model_calls} model calls, {summary.encord_requests} Encord requests "
        f"({summary.encord_writes} of them writes). Report: {workbench.report_file}"
    )
    tell("Try next:")
    tell("  judge-pipeline demo --ui            the same in Dagster: graph, partitions, history")
    tell(f"  DAGSTER_HOME={summary.dagster_home} dagster dev")
    tell("  judge-pipeline demo --images DIR --home OTHER    your own images")
    tell("  judge-pipeline doctor               what the settings of this shell point at")
    tell(
        f"The local servers stay for {IDLE_SECONDS // 60} idle minutes: Encord at {summary.encord_domain}, "
        f"key {summary.encord_ssh_key_file}, project {summary.project_hash}"
    )
