"""Which query is answered by which handler."""

from judge_pipeline.local_encord.v1 import data_rows, datasets, label_rows, projects, uploads
from judge_pipeline.local_encord.v1.envelope import Handlers

QUERIES: Handlers = {
    ("dataset", "GET", "dataset"): datasets.get_dataset,
    ("dataset", "GET", "datarows"): datasets.list_rows,
    ("dataset", "GET", "datarow"): datasets.get_row,
    ("dataset", "POST", "datasetlinkitems"): data_rows.link_items,
    ("dataset", "POST", "datasetdatalongpolling"): uploads.start_upload,
    ("dataset", "GET", "datasetdatalongpolling"): uploads.poll_upload,
    ("dataset", "DELETE", "video"): data_rows.delete_rows,
    ("dataset", "POST", "video"): data_rows.rename_rows,
    ("dataset", "POST", "datasetusers"): datasets.add_users,
    ("project", "GET", "labelrowmetadata"): label_rows.list_rows,
    ("project", "PUT", "labelrow"): label_rows.make_rows,
    ("project", "GET", "labelrow"): label_rows.read_rows,
    ("project", "POST", "labelrow"): label_rows.save_rows,
    ("project", "POST", "labelworkflowgraphnode"): projects.move_in_graph,
    ("project", "GET", "project"): projects.get_project,
    ("project", "POST", "projectdataset"): projects.attach_datasets,
    ("project", "DELETE", "projectdataset"): projects.detach_datasets,
    ("project", "POST", "projectusers"): projects.add_users,
    ("user", "POST", "project"): projects.create_project,
    ("user", "DELETE", "project"): projects.delete_project,
}
