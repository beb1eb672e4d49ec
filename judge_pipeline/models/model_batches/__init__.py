"""Model batches: many questions in one file, answered by the server within a day at a lower price.

file_rules        what a server takes in one file, known by its host
spool             the files on disk, private and removed with their run
answer_lines      the lines of a server's output and error files
stored_outcome    an outcome as JSON, for the store
server_batch      a batch as its server reports it
batch_connection  files and batches, through the OpenAI SDK
refusals          a batch that a server does not take, as one sentence

Not here: the steps of submitting and collecting a batch (`engine.model_batches`), the tables (`store`).
"""
