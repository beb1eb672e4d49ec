"""What the sensors, schedules and jobs share, and the commands use too.

pending_tags       which images are new, which tags have no judgement
failed_tags        which tags have failed, why, and whether a retry may help
model_batch_tags   which tags wait for model batches, and which can go on
scattered_tags     tags that are not a range, in one run
pruning            what is old enough to be deleted
lost_runs          ends the runs whose heartbeat has stopped
archiving          finished images without a partition
partition_ranges   tags as the contiguous partition ranges that Dagster's runs are made of
tag_runs           which runs process tags, which have ended, and with what result
run_groups         runs that one backfill, tick or person launched together
notifier           sends digests to Slack and a webhook
ticks              what a tick does when Encord or the store fails, or earlier runs are unfinished
time_span          `2h`, `1d` or an ISO time as a datetime

Not here: sensors, schedules and jobs, which are one folder up; the digest's text is in `reporting/digest.py`.
"""
