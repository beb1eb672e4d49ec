"""The engine: takes a batch of tags along the path, many at once, so that every effect happens exactly once.

run_batch        a batch inside a Dagster run; the only file here that knows Dagster
batch_plan       what is left to do about its tags when the run begins
asset_times      how long each asset took, for the run's summary
batch_context    the opened project, models and store that a batch works with
batch_opening    opens and checks them before the first model call
batch_state      what the tags of a batch share, and what stops them all
batch_runner     all tags of a batch, within one limit of tags in flight
tag_run          one tag: each value is looked up or made once, recorded and logged
tag_stopped      why a tag goes no further in a run
steps/           how each value is made, a file a step
model_batches/   questions submitted in files, and their answers collected
align            tries what the judge may learn from people, and proposes what helps
align_plan       what an alignment can be learned from, and what it costs
alignments       proposed and accepted alignments of the judge, in the store
kept_images      prepared images of tags that wait for model batches
judging          two captions put to the judges, each in the configured orders
probe_plan       the questions that probe the judge, and which are answered already
probing          asks them and saves what the judge chose
acceptance       whether Encord accepts what a step writes
batcher          calls that many tags need at about the same time become one call
same_answers     a captioner that says the same of different images
batched_store    the store behind that batching: shared transactions
leased_rows      the rows of a run's tags, read once it holds them, and its plan
own_rows         the rows of a run's tags in Encord, without the rest of the project
discovery        the images that may be new, work or changed, without the rest of it
leases           the tags that a run holds, and those that it waits for
heartbeat        a run's sign of life in the store, and the end of a process whose run was ended
project_claim    the marker in Encord by which two stores notice each other
refresh          values made again on purpose; the old ones stay until the new ones are saved
interruption     SIGINT and SIGTERM cancel the batch as a whole
corrections      what people have answered in the place of the judge's labels
final_choices    people's decisions in Encord, synced into the store
read_report      the report on what the store holds now
judged_pictures  the pictures of judged images, read again
report_files     the report's HTML and JSON files
report_sources   whether it would be the same if it was written again
atomic_files     files and folders that are complete or absent
output_files     the same in an object store
recent_project   the project as a command has just opened it, for its runs
resources        PipelineResources: the project, models and store of a run, not opened yet
question_notes   the questions that a run asks in model batches
run_identity     which run asks models, and whose caps it shares
shared_budget    the limits of endpoints and spending that all runs of a store share
process_tuning   when Python's garbage collector runs, and how glibc shares memory between threads

Not here: assets and their metadata (assets/, dagster_events/), calls to Encord and models (encord_project/, models/).
"""
