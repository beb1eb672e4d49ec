"""The agent made from the settings: Encord, its model, its policy, and its way to Dagster."""

import logging
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace

import requests

from judge_pipeline.cli.support.agent_runs import InProcessRuns
from judge_pipeline.cli.support.dagster_home import dagster_instance
from judge_pipeline.cli.support.keep_alive import embedded_servers_kept_alive
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.composition.connections import EncordAccess, make_encord_access, make_endpoint
from judge_pipeline.composition.pipeline import make_workflow_titles
from judge_pipeline.editor_agent.access import AccessPolicy
from judge_pipeline.editor_agent.agent import EditorAgent, Pipeline
from judge_pipeline.editor_agent.dagster_runs import DagsterRuns
from judge_pipeline.editor_agent.describer import open_describer
from judge_pipeline.editor_agent.rate_limit import ClickRateLimit
from judge_pipeline.editor_agent.rejudger import Rejudger
from judge_pipeline.editor_agent.sensor_ticks import SensorTicks
from judge_pipeline.editor_agent.webserver_runs import WebserverRuns
from judge_pipeline.encord_project.creation import ensure_text_classification
from judge_pipeline.encord_project.frames import FrameLabels
from judge_pipeline.encord_project.storage_addresses import is_loopback
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.settings.settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class AgentSetup:
    """Everything except what belongs to the server's event loop, which `open_agent` opens there."""

    settings: Settings
    terminal: Terminal
    encord: EncordAccess
    endpoint: Endpoint
    policy: AccessPolicy
    runs: DagsterRuns | None
    buttons: ExitStack

    @asynccontextmanager
    async def open_agent(self) -> AsyncIterator[EditorAgent]:
        """The agent, with the model client and the store open."""
        frames = FrameLabels(self.encord.connection, classification=self.settings.agent_classification)
        async with open_describer(frames, self.endpoint, database_url=self.settings.database_url) as describer:
            rate_limit = ClickRateLimit(per_minute=self.settings.agent_clicks_per_minute, clock=time.monotonic)
            agent = EditorAgent(describer, self.policy, rate_limit, pipeline=self._pipeline())
            try:
                yield agent
            finally:
                await agent.close()

    def go_live(self, url: str) -> None:
        """Prints where the agent is, and adds its buttons to the pages of the embedded Encord."""
        print_line = self.terminal.print
        if self.settings.uses_embedded_encord:
            key = self.policy.path_key
            address = f"{url}/{key.get_secret_value()}" if key else url
            self.buttons.enter_context(_editor_buttons(self.encord, address, with_judge=self.runs is not None))
            print_line(
                f"Its buttons are on every image of {self.encord.connection.domain}/projects/{self.encord.project_hash}"
            )
        if self.policy.is_local:
            print_line("For this machine only: docs/editor-agent.md explains how to put it on the web")
        print_line(f"The agent is at {url}{'/<AGENT_PATH_KEY>' if self.policy.path_key else ''}/ (Ctrl-C stops it)")

    def _pipeline(self) -> Pipeline | None:
        if self.runs is None:
            return None
        rejudger = Rejudger(self.encord.connection, self.runs, make_workflow_titles(self.settings))
        return Pipeline(self.encord.project_hash.lower(), rejudger, SensorTicks(self.runs))


@contextmanager
def open_agent(settings: Settings, terminal: Terminal, *, host: str) -> Iterator[AgentSetup]:
    """The agent for these settings, to listen on `host`.

    Raises:
        SettingsError: something is missing, or the agent would be open to everyone.
    """
    if missing := settings.missing_for_agent():
        raise SettingsError(f"not set: {', '.join(missing)}; docs/editor-agent.md explains each one")
    policy = access_policy(settings, host=host)
    _log_to_stderr()
    encord = make_encord_access(settings, log=terminal.print)
    if encord.project_hash and not policy.projects:
        policy = replace(policy, projects=frozenset({encord.project_hash}))
    endpoint = make_endpoint("AGENT", settings, encord)
    terminal.print(
        f"Encord    {encord.connection.domain}, project {', '.join(policy.projects) or 'any project of the key'}"
    )
    terminal.print(f"Model     {endpoint.model} at {endpoint.base_url}")
    terminal.print(f"Answers   {settings.agent_classification!r}")
    with ExitStack() as stack:
        if settings.uses_embedded_encord:
            ensure_text_classification(encord.connection, encord.project_hash, settings.agent_classification)
        stack.enter_context(embedded_servers_kept_alive(settings))
        runs = _make_runs(settings, encord, terminal, stack)
        yield AgentSetup(settings, terminal, encord, endpoint, policy, runs, stack.enter_context(ExitStack()))


def access_policy(settings: Settings, *, host: str) -> AccessPolicy:
    """What a call to the agent needs.

    Raises:
        SettingsError: the agent would be open to everyone, or to every project.
    """
    default_projects = (settings.encord_project_hash,) if settings.encord_project_hash else ()
    policy = AccessPolicy(
        origins=settings.agent_origins,
        projects=frozenset(project.lower() for project in settings.agent_projects or default_projects),
        path_key=settings.agent_path_key,
        secrets=settings.encord_webhook_secret,
        requires_signature=settings.agent_require_signature,
    )
    if policy.requires_signature and not policy.secrets:
        raise SettingsError(
            "AGENT_REQUIRE_SIGNATURE is set without ENCORD_WEBHOOK_SECRET, which verifies signatures; set both"
        )
    if not policy.is_local and not policy.projects:
        raise SettingsError("AGENT_PROJECTS is not set; list the projects that this agent may work on")
    if policy.is_local and not is_loopback(host):
        raise SettingsError(
            f"the agent would be open to everyone who can reach {host}; set AGENT_PATH_KEY or AGENT_REQUIRE_SIGNATURE"
        )
    return policy


def _make_runs(settings: Settings, encord: EncordAccess, terminal: Terminal, stack: ExitStack) -> DagsterRuns | None:
    """The way to Dagster; None if the project or the models are not set."""
    if not encord.project_hash:
        terminal.print("Rejudge   off: ENCORD_PROJECT_HASH is not set")
        return None
    if settings.dagster_webserver_url:
        terminal.print(f"Rejudge   by Dagster at {settings.dagster_webserver_url}")
        return WebserverRuns(settings.dagster_webserver_url)
    if missing := settings.missing():
        terminal.print(f"Rejudge   off: set DAGSTER_WEBSERVER_URL, or {', '.join(missing)}")
        return None
    terminal.print("Rejudge   in this process: DAGSTER_WEBSERVER_URL is not set")
    instance = stack.enter_context(dagster_instance(settings.dagster_home))
    return stack.enter_context(InProcessRuns(settings, instance))


@contextmanager
def _editor_buttons(encord: EncordAccess, agent_url: str, *, with_judge: bool) -> Iterator[None]:
    """Adds the agent's buttons to the pages of the embedded Encord, and removes them at the end."""
    address = f"{encord.connection.domain}/_local/projects/{encord.project_hash}/editor-agents"
    buttons = [{"title": "Describe this frame", "url": f"{agent_url}/"}]
    if with_judge:
        buttons.append({"title": "Ask the judge again", "url": f"{agent_url}/rejudge"})
    requests.put(address, json=buttons, timeout=10).raise_for_status()
    try:
        yield
    finally:
        with suppress(requests.exceptions.RequestException):
            requests.put(address, json=[], timeout=10)


def _log_to_stderr() -> None:
    logger = logging.getLogger("judge_pipeline")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
