"""The pipeline without credentials: a local Encord and local models as child processes, and a sample project of photographs.

pair            both servers, started by the first process that needs them
serving         one local server as a process
sockets         listening sockets and URLs on loopback
keys            the key of the local Encord's user
photographs     the images of the demo
sample_project  the demo's project, created through the SDK
sample_record   which project that is, as recorded in the demo's folder
errors          the exception tree

Not here: the servers themselves (`local/encord`, `local/models`); the commands that start them (`cli`).
"""
