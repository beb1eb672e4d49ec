"""Encord on this machine: a server that speaks Encord's wire protocol to the unmodified `encord` SDK.

Requests and responses:
app               the application: all routes over one data folder
v1/               protocol v1: queries in an envelope
v2/               protocol v2: REST routes
control/          the server's own routes under `/_local/`
editor/           read-only pages of the label editor
webhooks/         signed calls to agents
exchange          one imitated request from arrival to response
signatures        verifies who signed a request
access            who may see what
blob_routes       the routes behind signed URLs
responses         JSON, refusals, and broken responses
errors            the refusals, as an exception tree
faults            injected faults
traffic           counters and the request log
loopback          loopback addresses, and routes restricted to them
strict_json       strict JSON, and requests parsed that way
wire              bodies, uuids and pages of protocol v2

State:
state             everything a running server holds
database          transactions on SQLite
schema            the tables, and their migration
blobs             stored files and signed URLs
options           options for behaviour in which Encord is unknown or can be harsh
times             timestamps as stored and as Encord writes them

What Encord manages:
projects          projects
workflow          stages and pathways
tasks             tasks, one for each data row of a project
data_rows         datasets, their data rows, and mirror datasets
storage_folders   storage folders
storage_items     storage items
data_groups       groups of items, with a label space for each
group_layout      the layout of a data group
uploads           upload URLs and upload jobs
upload_jobs       what a job asks for, each file measured
media             measures stored files
video             videos and audio, read with PyAV
pdf               counts the pages of a PDF
frames            the frames of data units, and labels on them
properties        the filter shared by several listings
label_rows        creating, reading and saving label rows
label_listing     the list of a project's label rows
label_branches    copies labels between branches
label_logs        the log of label changes
label_reviews     label reviews in review stages
label_shapes      required fields of ontologies and labels
label_validation  checks labels against the ontology
issues            comments on data units and labels

Not here: what the pipeline wants from Encord (`encord_project`); how the server is started (`local/pair`, `judge-pipeline
local-encord`). What is imitated, and how faithfully, is listed in docs/fidelity.md.
"""

from judge_pipeline.local.encord.app import create_app

__all__ = ["create_app"]
