"""The first lines of a command: which Encord, which models, and where everything is kept."""

from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.cli.terminal import Terminal


def introduce(workbench: Workbench, terminal: Terminal) -> None:
    """A line or two for each address."""
    terminal.say(f"Encord  {workbench.connection.domain}, project {workbench.project_hash}")
    endpoints = {str(captioner): endpoint for captioner, endpoint in workbench.captioners.items()}
    judges = [("judge", judge) for judge in workbench.judges]
    by_address: dict[str, list[str]] = {}
    for role, endpoint in (*endpoints.items(), *judges):
        by_address.setdefault(endpoint.base_url, []).append(f"{role} {endpoint.model}")
    for address, roles in by_address.items():
        terminal.say(f"Models  {address}")
        terminal.say(f"        {', '.join(roles)}")
    terminal.say(f"Folder  {workbench.report_file.parent}")
