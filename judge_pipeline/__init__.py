"""Captions by two vision-language models, judged by a third, decided by a person: a Dagster project over Encord.

definitions      `defs`, which Dagster loads, and nothing else
composition      turns settings into `PipelineResources` and the code location
settings/        the only reader of the environment
cli/             the commands, one file each
automation/      sensors, schedules and jobs, one file each
assets/          what Dagster shows: tag assets, ontology, final choices, report, exports, checks, partitions
engine/          takes a batch of tags along the path, one file per step
dagster_events/  everything that writes to Dagster's event log, with the only uses of private parts of Dagster
encord_project/  talks to Encord through its SDK
models/          talks to models through the OpenAI SDK
store/           answers, results, failures, intents and leases in SQLite or PostgreSQL
reporting/       the report's numbers and its page
exporting/       decisions as training data
review/          blind choices in the browser
editor_agent/    the agent that Encord's label editor calls
domain/          tags, images, captions, judgements, statistics: pure functions and frozen values
local/           the local Encord, the local models, and the pair that starts them

Not here: benchmarks (`benchmarks/`), containers (`deploy/`), and the layers, which docs/architecture.md draws.
"""
