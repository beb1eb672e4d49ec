"""What runs write to Dagster's event log, and the only folder that uses Dagster's private parts.

event_log        EventLog: what a run logs about each tag, written by one thread
batched_events   an EventLog's events written in batches
event_batches    what makes a storage of Dagster's write batches
sqlite_storage   Dagster's SQLite event log with batches; the `dagster.yaml` of every home names its class
sqlite_files     Dagster's SQLite files: one engine for all, kept open, new ones made in one transaction each
postgresql_storage  the same on PostgreSQL, which `deploy/pipeline/dagster.yaml` names
celery_launcher  Dagster's launcher for Celery, which `deploy/pipeline/dagster-workers.yaml` names
metadata         what a materialisation shows: image, captions, scores, costs, links
data_versions    the tags from which Dagster knows what is stale
batch_outcome    how a batch ended, and the failure of its run
partition_deletion  many partitions deleted at once
run_retention    ended runs deleted, except for those that pages need
run_tags         the counts and costs that a run carries as tags

Not here: the assets (`assets/`), the sensors that read these events (`automation/`), and what is known of a tag (`store/`).
"""
