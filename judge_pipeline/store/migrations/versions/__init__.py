"""The schema revisions in order. A released revision is never changed.

r0001_what_is_known     answers, results, failures, intents, leases
r0002_fencing_tokens    a token for each lease
r0003_refreshes         how often an asset was refreshed
r0004_looks             how far Encord has been read
r0005_kinds_of_tokens   cached and image tokens of an answer
r0006_sync_cursors      the table of looks gets its present name
r0007_identity          the uuid of the store
r0008_draws             how far the review has drawn images, and claims of its tabs
r0009_choice_probability  how sure the judge was of its choice
r0010_budget_leases     shares of common limits, and indexes to add up a period's spending
r0011_archived          finished images without a partition
r0012_heartbeats        when each run was last alive
r0013_row_index         the rows of the project, as last read from Encord
r0014_model_batches     questions for model batches, their tags, and the batches

Not here: data changes; values written by an earlier version are upgraded when read (`judge_pipeline.store.values`).
"""
