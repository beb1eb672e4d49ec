"""Two models caption the images of an Encord project, a judge compares the captions, a person decides: as Dagster assets.

definitions       what Dagster loads: `defs` and nothing else
component         the same as a Dagster component: several pipelines in one instance
composition/      settings become resources and the code location
settings/         every setting, and the only reader of the environment
cli/              the `judge-pipeline` command, a file a subcommand
assets/           what Dagster shows, in the order of the path
automation/       jobs, sensors and schedules, a file for each name in Dagster's Automation tab
engine/           takes a batch of tags along the path
dagster_events/   everything that writes to Dagster's event log, and the only user of Dagster's private parts
domain/           the pipeline's values and rules: pure, imports only itself
encord_project/   the one door to Encord
models/           the one door to models
store/            answers, results, intents and leases, in SQLite or PostgreSQL
reporting/        the numbers, and the page that shows them
exporting/        decisions as training data
review/           blind choice between two captions, in the browser
editor_agent/     the agent that Encord's label editor calls
local/            the stand-ins: an Encord, models, and the pair of both

`run` is the way to use it from Python; a `run(limit=10)` is `judge-pipeline run --limit 10`.

Not here: deployment files (deploy/), measurements (benchmarks/), tests (judge_pipeline_tests/).
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from judge_pipeline.component import JudgePipelineComponent as JudgePipelineComponent

COMPONENT = "JudgePipelineComponent"


def __getattr__(name: str) -> Any:
    """The Dagster component, late, because most parts of the package work without Dagster."""
    if name == COMPONENT:
        from judge_pipeline.component import JudgePipelineComponent

        return JudgePipelineComponent
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """With the component, which `dg list components` looks for."""
    return [*globals(), COMPONENT]


def run(*, limit: int | None = None, batch_size: int | None = None, **settings: Any) -> bool:
    """Captions and judges every image that has no judgement yet, then writes the report, as `judge-pipeline run` does.

    For scripts and notebooks. `settings` are those of the environment and `.env`, in lower case, such as `encord_project_hash`,
    and override both.
    Prints the results to `sys.stdout`; returns False if anything failed, or waits for a model batch.

    Raises:
        SettingsError, EncordError, OntologyMismatch, ModelError, StoreError: nothing was run; one sentence.
    """
    from judge_pipeline.engine.process_tuning import command_gc

    command_gc()
    from judge_pipeline.cli.support.run_pipeline import Ending, run_pipeline
    from judge_pipeline.cli.support.terminal import Terminal, print_banner
    from judge_pipeline.composition.pipeline import make_resources
    from judge_pipeline.settings.env_file import load_env_file
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal(sys.stdout)
    terminal.print(str(load_env_file()))
    values = Settings.read(**settings)
    pipeline = make_resources(values, log=terminal.print)
    print_banner(pipeline, terminal)
    home = values.dagster_home
    ending = run_pipeline(values, pipeline, terminal, dagster_home=home, limit=limit, batch_size=batch_size)
    return ending is Ending.COMPLETE
