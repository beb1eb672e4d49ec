"""Model batches: each step is written down before it is made, so that a killed process repeats and loses nothing.

submission   a closed file of questions is uploaded and becomes a batch
export       a file is kept for a server that is asked by other means
recovery     submissions that were interrupted, and what a dead run has left
collection   batches are polled, and those that have ended are collected
collector    the lines of one batch, saved in chunks
importing    the answers to exported batches, from files
visit        recovery and collection of all batches, for the sensor and the commands
listing      whether a server has batches at all
cancelling   a batch that a person does not want any more

Not here: the SDK's calls and the files (models/model_batches/), the tables (store).
"""
