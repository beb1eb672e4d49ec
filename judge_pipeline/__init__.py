"""Two models caption the images of an Encord project, a judge compares the captions, a person decides: as Dagster assets.

definitions       what Dagster loads: `defs` and nothing else
composition       settings become resources and the code location
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

Not here: deployment files (deploy/), measurements (benchmarks/), tests (judge_pipeline_tests/).
"""
