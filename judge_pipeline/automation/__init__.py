"""What Dagster's Automation tab shows, under the same names, and the jobs behind it.

new_images            sensor: adds a partition per new image and launches runs for them
register_images       job: adds a partition per new image, launches nothing
final_choices         sensor and job `read_final_choices`: read what people have decided in Encord
report_after_runs     sensor and job `write_report`: update the report when runs have ended
digests               sensor: a summary of the runs that have ended, to the log, Slack or a webhook
killed_runs           sensor: ends the runs whose process was killed
materialize_missing   job and schedule: process the tags that have no judgement yet
model_batches         sensor and job `continue_waiting`: collect the answers to model batches, go on with their tags
retry_failed          job and schedule: process the failed tags again
prune                 job and schedule: delete what is old
code_location         assets, checks, jobs, sensors and schedules as one `dg.Definitions`
support/              what they share: which tags, which runs, ranges, digests' delivery

Not here: assets and checks (`assets`), and how a run processes its tags (`engine`).
"""
