"""`judge-pipeline local-encord` and `local-models`: either local server alone, for as long as the user wants."""

from pathlib import Path
from typing import Annotated

import typer

from judge_pipeline.embedded.serving import ServerKind, serve

Port = Annotated[int, typer.Option(help="Loopback port; 0 is any free one.")]
Folder = Annotated[Path, typer.Option(help="Where the server keeps its state; kept between starts.")]


def register(app: typer.Typer) -> None:
    """Adds both commands."""

    @app.command()
    def local_encord(port: Port = 8642, data_dir: Folder = Path(".judge_pipeline/local-encord")) -> None:
        """Start the local Encord: the unmodified SDK talks to it with `ENCORD_DOMAIN` set to its address."""
        serve(ServerKind.ENCORD, data_dir, port=port)

    @app.command()
    def local_models(port: Port = 8643, data_dir: Folder = Path(".judge_pipeline/local-models")) -> None:
        """Start the local models: measured descriptions behind `/v1/chat/completions`."""
        serve(ServerKind.MODELS, data_dir, port=port)
