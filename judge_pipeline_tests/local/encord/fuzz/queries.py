"""Valid queries of protocol v1, and variants that differ in one place or entirely."""

from typing import Any

from hypothesis import strategies as st

from judge_pipeline_tests.local.encord.fuzz.known import Known

HOSTILE = st.sampled_from(["", "%", "\x00", "../..", "null", "9" * 400, "0001-01-01T00:00:00+14:00", 2**70, -1, 1e308])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def answerable(known: Known) -> dict[tuple[str, str, str], tuple[Any, Any]]:
    """Valid ids and payload for every query that the server supports."""
    item, data, label = known.ids["item"], known.ids["data"], known.ids["label"]
    dataset, ontology = known.ids["dataset"][0], known.ids["ontology"][0]
    settings = {"fetch_client_metadata": True, "fetch_rows": True}
    choice = {"classificationHash": "fxKphQot", "featureHash": "bcee1ac1", "range": [[0, 0]], "classifications": []}
    labels = {
        "label_hash": label[0],
        "data_hash": data[0],
        "data_units": {data[0]: {"labels": {"objects": [], "classifications": []}}},
        "object_answers": {},
        "object_actions": {},
        "classification_answers": {"fxKphQot": choice},
    }
    wanted = {
        "data_hashes": list(data),
        "label_hashes": None,
        "edited_after": "2020-01-01T00:00:00+00:00",
        "label_statuses": ["NOT_LABELLED"],
        "data_title_like": "%",
        "workflow_graph_node_title_eq": "LLM1",
        "include_uninitialised_labels": True,
        "include_client_metadata": True,
        "include_all_label_branches": True,
        "branch_name": "main",
    }
    upload = {
        "dataItems": {"text": [{"objectUrl": f"cord-files-local/{item[0]}", "title": "a.txt"}]},
        "ignoreErrors": True,
    }
    project = {"title": "another", "description": "", "dataset_hashes": [dataset], "ontology_hash": ontology}
    users = {"user_emails": ["nobody@example.com"], "user_role": 1}
    return {
        ("dataset", "GET", "dataset"): (None, {"dataset_access_settings": settings}),
        ("dataset", "GET", "datarows"): (
            None,
            {"title_like": "%", "data_types": ["IMAGE"], "created_after": "2020-01-01"},
        ),
        ("dataset", "GET", "datarow"): (data[0], {"additional_data": {"signed_url": True, "client_metadata": True}}),
        ("dataset", "POST", "datarow"): (data[0], {"data_title": "a", "client_metadata": {"Tag": "t"}}),
        ("dataset", "POST", "datasetlinkitems"): (
            dataset,
            {"item_uuids": list(item), "duplicates_behavior": "DUPLICATE"},
        ),
        ("dataset", "POST", "datasetdatalongpolling"): (dataset, {**upload, "folderUuid": known.ids["folder"][0]}),
        ("dataset", "GET", "datasetdatalongpolling"): (dataset, {"process_hash": item[0], "timeout_seconds": 1}),
        ("dataset", "DELETE", "video"): ([data[-1]], None),
        ("dataset", "POST", "video"): (dataset, [{"video_hash": data[0], "title": "b"}]),
        ("dataset", "POST", "datasetusers"): (dataset, users),
        ("project", "GET", "labelrowmetadata"): (None, wanted),
        ("project", "PUT", "labelrow"): (
            list(data),
            {"multi_request": True, "get_signed_url": True, "branch_name": "main"},
        ),
        ("project", "GET", "labelrow"): (list(label), {"multi_request": True, "get_signed_url": True}),
        ("project", "POST", "labelrow"): (
            [label[0]],
            {"multi_request": True, "labels": [labels], "validate_before_saving": True},
        ),
        ("project", "POST", "labelworkflowgraphnode"): ([label[0]], {"action": "reopen"}),
        ("project", "GET", "project"): (None, {"include_labels_metadata": True}),
        ("project", "POST", "projectdataset"): (None, {"dataset_hashes": [dataset]}),
        ("project", "DELETE", "projectdataset"): ([dataset], None),
        ("project", "POST", "projectusers"): (None, users),
        ("project", "POST", "projectcopy"): (
            known.ids["project"][0],
            {
                "copy_project_options": ["datasets", "collaborators", "models"],
                "copy_labels_options": {"create_new_dataset": None, "datasets_to_data_hashes_map": {}},
                "project_copy_metadata": {"project_title": "a copy", "project_description": None},
            },
        ),
        ("project", "GET", "datasetdata"): ({"data_hash": data[0], "get_signed_url": True}, None),
        ("project", "GET", "labellog"): (
            None,
            {"user_email": "nobody@example.com", "data_hash": data[0], "start_timestamp": 0, "end_timestamp": 1},
        ),
        ("user", "GET", "projectwithuserrole"): (None, {"filter": {"title_like": "%", "created_after": "2020-01-01"}}),
        ("user", "POST", "project"): (None, {**project, "workflow_type": "manual"}),
        ("user", "DELETE", "project"): (item[0], None),
    }


@st.composite
def fuzzed_query(draw: st.DrawFn, known: Known, scope: str, method: str, query_type: str) -> dict[str, Any]:
    """The envelope of a query: valid, wrong in one place, or arbitrary."""
    uid, payload = answerable(known)[scope, method, query_type]
    other = ANYTHING | known.everything()
    how = draw(st.sampled_from(["right", "one place", "one place", "one place", "anything"]))
    if how == "anything":
        uid, payload = draw(other), draw(other)
    values = {"uid": uid, "payload": payload}
    if how == "one place":
        values = draw(_with_one_change(values, other))
    return {"query_type": query_type, "query_method": method, "values": values}


@st.composite
def _with_one_change(draw: st.DrawFn, value: Any, other: st.SearchStrategy[Any]) -> Any:
    """The value with one part replaced, removed or duplicated."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 5)) == 0:
            return {kept: inner for kept, inner in value.items() if kept != key}
        return value | {key: draw(_with_one_change(value[key], other))}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        place = draw(st.integers(0, len(value) - 1))
        if draw(st.integers(0, 3)) == 0:
            return [*value, value[place]]
        return [*value[:place], draw(_with_one_change(value[place], other)), *value[place + 1 :]]
    return draw(other)
