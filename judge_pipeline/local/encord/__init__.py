"""Encord on this machine: a server that speaks Encord's wire protocol to the unmodified `encord` SDK.

app          the application             exchange     one request from arrival to answer
v1, v2       the imitated protocols      signatures   who signed a request
control      the server's own routes     access       who may see what
database     transactions on SQLite      blobs        stored files and signed URLs
editor       the label editor to look at   webhooks   signed calls to agents
"""

from judge_pipeline.local.encord.app import create_app

__all__ = ["create_app"]
