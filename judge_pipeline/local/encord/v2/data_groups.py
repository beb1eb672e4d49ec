"""Data groups: created in a folder; `storage_items` shows their members."""

from fastapi import APIRouter

from judge_pipeline.local.encord import access, data_groups, data_rows
from judge_pipeline.local.encord.data_groups import NewGroup
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.wire import Id

router = APIRouter(route_class=V2Route)


@router.post("/v2/public/storage/folders/{folder}/create-group-items")
def create_groups(call: CurrentCall, folder: Id, groups: list[NewGroup]) -> Json:
    """Create groups of items that the caller may see; returns their uuids."""
    with call.state.database.writing() as db:
        access.folder(db, call.caller, folder)
        uuids = data_groups.create(db, call.caller, folder, groups)
        if call.state.options.mirror_auto_link:
            data_rows.link_to_mirror(db, uuids, folder)
    return Json(uuids)
