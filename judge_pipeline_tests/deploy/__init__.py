"""The files in `deploy/pipeline`, used as they are shipped."""
