"""Every route of protocol v2 that this server does not imitate answers 501 and says its name."""

from fastapi import APIRouter, Request

from judge_pipeline.local.encord.answers import Json
from judge_pipeline.local.encord.errors import NotBuilt
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route

router = APIRouter(route_class=V2Route)


@router.api_route("/v2/public/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
def refuse(call: CurrentCall, request: Request, path: str) -> Json:
    """Say what is missing."""
    raise NotBuilt(f"{request.method} {path} is not part of this local Encord")
