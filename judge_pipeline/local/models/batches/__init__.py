"""OpenAI's files and batches, answered by the same models as live requests.

file_routes   /v1/files
batch_routes  /v1/batches
files         stored files
batch         a batch: its states and its wire form
records       records on disk, their owners and their pages
validation    checks an input file, line by line
runner        starts, cancels, resumes and stops batches
passage       one batch on its way through the states
lines         answers the lines and writes the output
settings      how long a batch takes, and the limits

Not here: how a line is answered (`api/chat`); faults and the control routes (`api`). How a test asks for each fault:
docs/batches-locally.md.
"""
