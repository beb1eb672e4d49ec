"""`demo --ui` leads to the asset graph with its groups expanded, whatever groups there are."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from judge_pipeline.cli.support.dagster_dev import graph_url
from judge_pipeline_tests.servers import serve


def web_server(answer: Callable[[], Response]) -> Starlette:
    async def graphql(_request: Request) -> Response:
        return answer()

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"])])


def assets(*groups: str | None) -> Callable[[], Response]:
    found: dict[str, Any] = {"data": {"assetNodes": [{"groupName": group} for group in groups]}}
    return lambda: Response(json.dumps(found), media_type="application/json")


@pytest.mark.parametrize(
    ("answer", "query"),
    [
        (assets("judging", "captioning", "judging"), "?expanded=global@global:captioning,global@global:judging"),
        (assets("pipeline/judging"), "?expanded=global@global:pipeline,global@global:pipeline/judging"),
        (assets("a b&c"), "?expanded=global@global:a%20b%26c"),
        (assets(None), ""),
        (assets(), ""),
        (lambda: Response('{"data": null}'), ""),
        (lambda: Response("not JSON", status_code=500), ""),
    ],
)
def test_all_groups_are_expanded(answer: Callable[[], Response], query: str) -> None:
    with serve(web_server(answer)) as url:
        assert graph_url(url) == f"{url}/asset-groups{query}"


def test_a_server_that_is_gone_again_leaves_the_plain_page() -> None:
    with serve(web_server(assets("a"))) as url:
        pass
    assert graph_url(url) == f"{url}/asset-groups"
