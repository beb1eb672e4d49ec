"""The first lines of a command: which Encord, which models, and where everything is kept."""

from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.engine.resources import PipelineResources


def print_banner(pipeline: PipelineResources, terminal: Terminal) -> None:
    """A line or two for each address."""
    terminal.say(f"Encord  {pipeline.connection.domain}, project {pipeline.project_hash}")
    endpoints = {str(captioner): endpoint for captioner, endpoint in pipeline.captioners.items()}
    judges = [("judge", judge) for judge in pipeline.judges]
    by_address: dict[str, list[str]] = {}
    for role, endpoint in (*endpoints.items(), *judges):
        by_address.setdefault(endpoint.base_url, []).append(f"{role} {endpoint.model}")
    for address, roles in by_address.items():
        terminal.say(f"Models  {address}")
        terminal.say(f"        {', '.join(roles)}")
    terminal.say(f"Folder  {pipeline.report_file.parent}")
