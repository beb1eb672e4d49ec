"""The store: model answers, results, failures, intents and leases of each project, in SQLite or PostgreSQL.

address        the database URL, checked, and a display name without secrets
answers        model answers by their fingerprints, as a part of `ProjectStore`
archived       tags without a partition, because their image is finished
budget_leases  what each run holds of the limits that several share
changes        whether anything that outcomes are loaded from has changed
database       connections and transactions that all parts of the store share
draws          how far the review has drawn images, and which tab shows which
driver_errors  database errors as StoreError, with advice
engines        SQLAlchemy engines for SQLite and PostgreSQL
errors         the exceptions of the store
heartbeats     which runs are alive, and which were lost
leases         which run may write about which tag
migrations/    Alembic revisions that create the tables
model_batches  batches of questions that a server answers within a day
network_files  warns if an SQLite file is on a network file system
outcomes       loads the outcome of every image
question_rows  which of their rows are pending, free or unneeded, and their deletion
questions      questions for model batches, and the tags that wait for them
ready_tags     tags for which batches have brought something to read
refreshes      results to be made again on purpose, and their generations
retention      what is deleted in time: discarded answers, thumbnails
row_index      the data hashes of rows in Encord by Tag
schema         runs the missing revisions
store          `Store` and `ProjectStore`: results, failures, intents
sync_cursors   how far Encord has been read
tables         the tables
tag_rows       every row about a tag, for pruning
times          moments as the tables have them
values         domain values to JSON and back, from earlier versions too

Not here: batching of concurrent writes (`engine.batched_store`), renewing a run's leases (`engine.leases`).
"""
