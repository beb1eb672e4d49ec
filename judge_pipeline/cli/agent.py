"""`judge-pipeline agent`: the agent that Encord's label editor calls."""

from pathlib import Path
from typing import Annotated

import typer

LOOPBACK = "127.0.0.1"


def agent(
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen on; anything but this machine needs AGENT_PATH_KEY or AGENT_REQUIRE_SIGNATURE."
        ),
    ] = LOOPBACK,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")] = 8000,
    certificate: Annotated[
        Path | None, typer.Option(help="PEM file with a certificate chain; the agent then serves HTTPS.")
    ] = None,
    certificate_key: Annotated[Path | None, typer.Option(help="PEM file with that certificate's private key.")] = None,
) -> None:
    """Serve Encord's label editor: describe a frame, or ask the judge again, at the click of a button."""
    from contextlib import suppress
    from importlib.util import find_spec

    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.editor_agent.server import Certificate, serve
    from judge_pipeline.engine.process_tuning import server_gc
    from judge_pipeline.local.pair.sockets import bind
    from judge_pipeline.settings.settings import Settings, SettingsError

    if absent := [package for package in ("fastapi", "uvicorn") if find_spec(package) is None]:
        raise SettingsError(f"not installed: {', '.join(absent)}; pip install 'judge-pipeline[agent]'")
    if (certificate is None) != (certificate_key is None):
        raise SettingsError("--certificate and --certificate-key belong together; give both or neither")

    from judge_pipeline.cli.support.agent_setup import open_agent  # takes seconds, so mistakes are reported first

    terminal = Terminal()
    settings = Settings.read()
    with bind(port, host=host) as bound, open_agent(settings, terminal, host=host) as setup:
        url = f"{'https' if certificate else 'http'}://{host}:{bound.getsockname()[1]}"
        server_gc()
        with suppress(KeyboardInterrupt):
            serve(
                setup.open_agent,
                setup.policy,
                on=bound,
                certificate=Certificate(certificate, certificate_key) if certificate and certificate_key else None,
                ready=lambda: setup.go_live(url),
            )
