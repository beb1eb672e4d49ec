"""Protocol v2, `/v2/public/…`: REST routes, one module for each kind of resource.

projects           projects: status, users, datasets, branches, priorities
ontologies         ontologies
datasets           datasets and their users
tasks              the tasks of a stage
task_actions       acting on tasks and moving them
labels             classifications in bulk, copying branches, validation state
label_reviews      the label reviews of a task
issues             issues and issue tags
storage_folders    storage folders
storage_items      storage items
data_groups        data groups
uploads            upload URLs and upload jobs
organisation       bearer tokens, the metadata schema, cloud integrations
organisation_tags  the organisation's tags

Not here: the logic shared with v1, in the modules of `local/encord`; routes that are not imitated (`app` answers 501).
"""
