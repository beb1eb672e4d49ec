"""The pipeline without credentials: a local Encord and local models as child processes, and a project of photographs in them.

serving       one local server as a process of its own      pair            both, started by whoever needs them first
loopback      their ports                                   keys            the key of the local Encord's user
photographs   the images that the demo shows                sample_project  the seed's project, made through the SDK
"""
