"""Uploads into storage folders: signed URLs and jobs."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from judge_pipeline.local.encord import access, data_rows, upload_jobs, uploads
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.upload_jobs import UploadJob
from judge_pipeline.local.encord.wire import Body, Id, page

router = APIRouter(route_class=V2Route)


UrlCount = Annotated[int, Field(ge=0, le=1000)]


class UrlsWanted(Body):
    """How many upload URLs, and for which item type."""

    item_type: str
    count: UrlCount


@router.post("/v2/public/storage/folders/{folder}/upload-signed-urls")
def create_urls(call: CurrentCall, folder: Id, wanted: UrlsWanted) -> Json:
    """Upload URLs for a folder."""
    with call.state.database.writing() as db:
        access.folder(db, call.caller, folder)
        return Json(page(uploads.create_urls(db, call, item_type=wanted.item_type, count=wanted.count)))


@router.get("/v2/public/presigned-urls")
def create_urls_without_folder(
    call: CurrentCall,
    count: UrlCount,
    upload_item_type: Annotated[str, Query(alias="uploadItemType")],
) -> Json:
    """Upload URLs for a dataset."""
    with call.state.database.writing() as db:
        return Json(page(uploads.create_urls(db, call, item_type=upload_item_type, count=count)))


@router.post("/v2/public/storage/folders/{folder}/data-upload-jobs")
def start_job(call: CurrentCall, folder: Id, job: UploadJob) -> Json:
    """Create items from uploaded files; returns the job's uuid."""
    prepared = upload_jobs.prepare(call, job)
    with call.state.database.writing() as db:
        access.folder(db, call.caller, folder)
        result = uploads.run(db, call, prepared, folder, ignore_errors=job.ignore_errors)
        if call.state.options.mirror_auto_link:
            data_rows.link_to_mirror(db, [made["itemUuid"] for made in result["itemsWithNames"]], folder)
        return Json(uploads.store_result(db, folder, result))


@router.get("/v2/public/storage/folders/{folder}/data-upload-jobs/{job}")
def poll_job(call: CurrentCall, folder: Id, job: Id) -> Json:
    """A job's result; jobs finish before their uuid is returned, so no one waits."""
    with call.state.database.reading() as db:
        access.folder(db, call.caller, folder)
        return Json(uploads.read_result(db, folder, job))
