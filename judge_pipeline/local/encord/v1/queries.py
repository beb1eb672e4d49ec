"""The handler of each query."""

from judge_pipeline.local.encord.v1 import (
    data_rows,
    datasets,
    label_rows,
    project_data,
    project_parts,
    projects,
    uploads,
)
from judge_pipeline.local.encord.v1.envelope import Handlers

QUERIES: Handlers = {
    ("dataset", "GET", "dataset"): datasets.get_dataset,
    ("dataset", "GET", "datarows"): datasets.list_rows,
    ("dataset", "GET", "datarow"): datasets.get_row,
    ("dataset", "POST", "datarow"): data_rows.change_row,
    ("dataset", "POST", "datasetlinkitems"): data_rows.link_items,
    ("dataset", "POST", "datasetdatalongpolling"): uploads.start_upload,
    ("dataset", "GET", "datasetdatalongpolling"): uploads.poll_upload,
    ("dataset", "DELETE", "video"): data_rows.delete_rows,
    ("dataset", "POST", "video"): data_rows.rename_rows,
    ("dataset", "POST", "datasetusers"): datasets.add_users,
    ("project", "GET", "labelrowmetadata"): label_rows.list_rows,
    ("project", "PUT", "labelrow"): label_rows.create_rows,
    ("project", "GET", "labelrow"): label_rows.read_rows,
    ("project", "POST", "labelrow"): label_rows.save_rows,
    ("project", "POST", "labelworkflowgraphnode"): label_rows.move_in_graph,
    ("project", "GET", "project"): projects.get_project,
    ("project", "POST", "projectdataset"): project_parts.attach_datasets,
    ("project", "DELETE", "projectdataset"): project_parts.detach_datasets,
    ("project", "POST", "projectusers"): project_parts.add_users,
    ("project", "POST", "projectcopy"): projects.copy_project,
    ("project", "GET", "datasetdata"): project_data.get_data,
    ("project", "GET", "labellog"): project_data.list_label_logs,
    ("user", "GET", "projectwithuserrole"): projects.list_projects,
    ("user", "POST", "project"): projects.create_project,
    ("user", "DELETE", "project"): projects.delete_project,
}
