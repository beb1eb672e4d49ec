"""`judge-pipeline local-encord` and `local-models`: one local server, until Ctrl-C."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from judge_pipeline.engine.process_tuning import server_gc

Port = Annotated[int, typer.Option(min=0, max=65535, help="Loopback port; 0 picks a free one.")]
Home = Annotated[Path, typer.Option(help="Folder for all state.")]
Folder = Annotated[
    Path | None, typer.Option(help="Folder for the server's state, kept between starts; default: one in the home.")
]

HOME = Path(".judge_pipeline")


def local_encord(port: Port = 8642, data_dir: Folder = None, home: Home = HOME) -> None:
    """Start the local Encord, for Encord's unmodified SDK: pass its address as `domain`."""
    from judge_pipeline.cli.support.terminal import sdk_client_expression
    from judge_pipeline.local.pair.keys import ensure_key, register_key
    from judge_pipeline.local.pair.serving import ServerKind, serve
    from judge_pipeline.local.pair.sockets import bind, reach_loopback_without_proxy, url_of

    bound = bind(port)
    folder = data_dir or home / "local-encord"
    key_file = folder.resolve() / "encord_key"

    def ready() -> None:
        reach_loopback_without_proxy()
        ensure_key(key_file)
        register_key(url_of(bound), key_file)
        typer.echo(f"The local Encord is at {url_of(bound)} (Ctrl-C stops it; its data is in {folder})")
        typer.echo(f"With Encord's SDK: {sdk_client_expression(url_of(bound), key_file)}")

    server_gc()
    with suppress(KeyboardInterrupt):
        serve(ServerKind.ENCORD, folder, on=bound, ready=ready)


def local_models(
    port: Port = 8643,
    data_dir: Folder = None,
    home: Home = HOME,
    batch_seconds: Annotated[float, typer.Option(min=0, help="How long a batch takes.")] = 1.0,
) -> None:
    """Start the local models, which serve measured descriptions at `/v1/chat/completions`, also in batches."""
    from judge_pipeline.local.pair.serving import ServerKind, serve
    from judge_pipeline.local.pair.sockets import bind, url_of

    bound = bind(port)
    folder = data_dir or home / "local-models"

    def ready() -> None:
        typer.echo(f"The local models are at {url_of(bound)}/v1 (Ctrl-C stops them; their data is in {folder})")

    server_gc()
    with suppress(KeyboardInterrupt):
        serve(ServerKind.MODELS, folder, on=bound, ready=ready, batch_seconds=batch_seconds)
