"""Uploads into storage folders: signed URLs, jobs, and the blobs themselves."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from judge_pipeline.local.encord import access, mirrors, uploads
from judge_pipeline.local.encord.answers import Json
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.uploads import UploadJob
from judge_pipeline.local.encord.wire import Body, Id, page

router = APIRouter(route_class=V2Route)


UrlCount = Annotated[int, Field(ge=0, le=1000)]


class UrlsWanted(Body):
    """How many upload URLs, and for what."""

    item_type: str
    count: UrlCount


@router.post("/v2/public/storage/folders/{folder}/upload-signed-urls")
def offer_urls(call: CurrentCall, folder: Id, wanted: UrlsWanted) -> Json:
    """URLs to put files for a folder to."""
    with call.state.database.writing() as db:
        access.folder(db, call.caller, folder)
        return Json(page(uploads.offer(db, call, item_type=wanted.item_type, count=wanted.count)))


@router.get("/v2/public/presigned-urls")
def offer_urls_without_folder(
    call: CurrentCall,
    count: UrlCount,
    upload_item_type: Annotated[str, Query(alias="uploadItemType")],
) -> Json:
    """URLs to put files for a dataset to."""
    with call.state.database.writing() as db:
        return Json(page(uploads.offer(db, call, item_type=upload_item_type, count=count)))


@router.post("/v2/public/storage/folders/{folder}/data-upload-jobs")
def start_job(call: CurrentCall, folder: Id, job: UploadJob) -> Json:
    """Make items of uploaded files; returns the job's uuid."""
    with call.state.database.writing() as db:
        access.folder(db, call.caller, folder)
        result = uploads.run(db, call, job, folder)
        if call.state.options.mirror_auto_link:
            mirrors.join(db, [made["itemUuid"] for made in result["itemsWithNames"]], folder)
        return Json(uploads.remember(db, folder, result))


@router.get("/v2/public/storage/folders/{folder}/data-upload-jobs/{job}")
def poll_job(call: CurrentCall, folder: Id, job: Id) -> Json:
    """What became of a job; it is over before its uuid is known, so nobody waits."""
    with call.state.database.reading() as db:
        access.folder(db, call.caller, folder)
        return Json(uploads.recall(db, folder, job))


@router.post("/v2/public/storage/folders/{folder}/create-group-items")
def refuse_groups(call: CurrentCall, folder: Id) -> Json:
    """Groups of items are a kind of item, and none that is stored here."""
    with call.state.database.reading() as db:
        access.folder(db, call.caller, folder)
    raise InvalidArguments("this server stores images and plain texts only, not groups of items")
