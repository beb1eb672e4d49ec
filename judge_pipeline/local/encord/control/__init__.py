"""The server's own routes under `/_local/`: what Encord has no API for, and what tests need.

server       health, counters, the request log, injected faults and options
seeding      users, workflow templates, ontologies and datasets with given uuids
outside_sdk  replacing a file in the bucket, uploading an editor layout

Not here: `/_local/webhooks` (`webhooks/routes`) and a project's editor agents (`editor/agents`).
"""
