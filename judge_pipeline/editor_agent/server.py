"""The web server: the application on a bound socket, with or without TLS, until a signal."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from judge_pipeline.editor_agent.access import AccessPolicy
from judge_pipeline.editor_agent.agent import EditorAgent


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files: the chain, the server's own certificate first, and its private key."""

    chain_file: Path
    key_file: Path


def serve(
    open_agent: Callable[[], AbstractAsyncContextManager[EditorAgent]],
    policy: AccessPolicy,
    *,
    on: socket,
    certificate: Certificate | None,
    ready: Callable[[], None],
) -> None:
    """Serves until a signal; calls `ready` when requests are accepted.

    Raises:
        Exception: what `open_agent` raises; no request has been answered then.
    """
    import uvicorn

    from judge_pipeline.editor_agent.app import create_app
    from judge_pipeline.editor_agent.connections import MAX_HEAD_BYTES
    from judge_pipeline.editor_agent.listener import BoundedServer, connection_limit

    refused: list[Exception] = []

    @asynccontextmanager
    async def opened() -> AsyncIterator[EditorAgent]:
        async with AsyncExitStack() as stack:
            try:
                agent = await stack.enter_async_context(open_agent())
            except Exception as error:
                refused.append(error)
                raise
            ready()
            yield agent

    config = uvicorn.Config(
        create_app(opened, policy),
        loop="asyncio",  # uvloop has no public way to accept connections one by one
        ws="none",
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        lifespan="on",
        log_level="critical",  # lower levels log paths, which contain the key, and errors that are already logged
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        ssl_certfile=certificate.chain_file if certificate else None,
        ssl_keyfile=certificate.key_file if certificate else None,
    )
    try:
        BoundedServer(config, max_connections=connection_limit()).run(sockets=[on])
    except SystemExit:  # raised by uvicorn when the application does not start
        if not refused:
            raise
    if refused:
        raise refused[0]
