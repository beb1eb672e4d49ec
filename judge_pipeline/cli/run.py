"""`judge-pipeline run`: the whole path from the shell, for the project that the settings name."""

from typing import Annotated

import typer
from rich.console import Console

from judge_pipeline.assets.report import report_of
from judge_pipeline.cli.dagster_home import dagster_instance
from judge_pipeline.cli.outcome_table import print_outcomes
from judge_pipeline.cli.progress import progress_of
from judge_pipeline.cli.working import find_work, materialize, write_report
from judge_pipeline.definitions import make_workbench
from judge_pipeline.settings import Settings
from judge_pipeline.store.store import Store


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command()
    def run(
        limit: Annotated[int | None, typer.Option(min=1, help="Take at most this many images.")] = None,
        batch_size: Annotated[int | None, typer.Option(min=1, help="Tags that one Dagster run takes.")] = None,
    ) -> None:
        """Caption and judge every image that has no judgement yet, then write the report."""
        settings = Settings.read()
        console = Console()
        workbench = make_workbench(settings, tell=lambda line: console.print(line, markup=False, highlight=False))
        console.print(str(workbench), markup=False, highlight=False)
        with dagster_instance(settings.state_folder / "dagster_home") as instance:
            work = find_work(workbench, instance, limit=limit)
            succeeded = True
            if work.missing:
                with progress_of(workbench, console, tags=len(work.tags)):
                    succeeded = materialize(
                        settings, instance, work.missing, batch_size=batch_size or settings.judge_pipeline_batch_size
                    )
            else:
                console.print(f"All {len(work.tags)} images are judged.")
            succeeded &= write_report(settings, instance)
        store = Store.open(workbench.database_url)
        print_outcomes(console, report_of(store.project(workbench.project_hash)))
        console.print(f"Report: {workbench.report_file}", highlight=False, markup=False)
        store.close()
        if not succeeded:
            raise typer.Exit(1)
