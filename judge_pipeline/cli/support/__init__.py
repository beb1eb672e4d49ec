"""What the commands share: the terminal, the Dagster instance, runs in this process, and tables.

agreement_check    `doctor`: what is missing before the judge's decisions may be exported
agent_runs         the agent's Dagster runs, in its own process
agent_setup        the agent made from the settings
aligned_judge      what `align` does
background         work that begins before its result is needed
browser            opens a page in the browser of this machine
budget             --max-model-calls and --max-cost-usd, over all runs of a command
dagster_dev        `dagster dev` as a child process
dagster_home       the Dagster instance that commands work on
demonstration      what `demo` does, and its JSON summary
diagnosis          the checks of `doctor`, except those of the models
env_template       the `.env` that `init` writes
expected_errors    errors that end a command with one sentence
findings           what `doctor` has found, as a table, lines or JSON
forecast_table     what `run --dry-run` prints, and `align` and `probe` before they ask
found_images       looks images up by name or partition key
gone_images        what `prune` does
image_files        the image files of an export
job_runs           one Dagster job run in this process
judge_probe        what `probe` does
keep_alive         keeps the embedded servers running during a long command
model_batches      what `batches` does
model_checks       the checks of `doctor` that are about models
notify             the digest of a command's runs
outcome_table      the table of images, captions and choices at the end
page_steps         what only Encord's own page can do, click by click
pending_work       what `run` has to do, and whether everything is in place afterwards
paid_probe         the question of `doctor --paid` to each endpoint
progress           progress bars over the store
ranked_stores      the stores that `ranking` reads
ranking_table      what `ranking` prints
retry              what `retry-failed` does
review_server      what `review` does
run_pipeline       what `run` and `demo` do
scripted_choices   final choices by a script, for the demo
settings_options   --home and --env-file of every command
terminal           standard output, standard error, and the first lines of a command

Not here: the commands and their options (cli/); what Dagster's own processes do (automation/, assets/).
"""
