"""What the agent works with, made from the settings: Encord, its model, its policy, and the way to Dagster."""

import logging
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

from judge_pipeline.cli.support.agent_environment import kept_running, with_buttons
from judge_pipeline.cli.support.agent_runs import InProcessRuns
from judge_pipeline.cli.support.dagster_home import dagster_instance, own_dagster_home
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.composition import EncordInUse, encord_in_use, endpoint_of
from judge_pipeline.editor_agent.access import AccessPolicy, is_loopback
from judge_pipeline.editor_agent.agent import EditorAgent, Pipeline
from judge_pipeline.editor_agent.dagster_runs import DagsterRuns
from judge_pipeline.editor_agent.dagster_webserver import DagsterWebserver
from judge_pipeline.editor_agent.describer import open_describer
from judge_pipeline.editor_agent.rate_limit import ClickRateLimit
from judge_pipeline.editor_agent.rejudger import Rejudger
from judge_pipeline.editor_agent.sensor_ticks import SensorTicks
from judge_pipeline.encord_project.frames import FrameLabels
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.settings.settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class OpenedAgent:
    """Everything but what lives in the server's event loop, which `open_agent` opens there."""

    settings: Settings
    terminal: Terminal
    encord: EncordInUse
    endpoint: Endpoint
    policy: AccessPolicy
    runs: DagsterRuns | None
    buttons: ExitStack

    @asynccontextmanager
    async def open_agent(self) -> AsyncIterator[EditorAgent]:
        """The agent, with the model's client and the store."""
        frames = FrameLabels(self.encord.connection, classification=self.settings.agent_classification)
        async with open_describer(frames, self.endpoint, database_url=self.settings.database_url) as describer:
            rate_limit = ClickRateLimit(per_minute=self.settings.agent_clicks_per_minute, clock=time.monotonic)
            agent = EditorAgent(describer, self.policy, rate_limit, pipeline=self._pipeline())
            try:
                yield agent
            finally:
                await agent.close()

    def announce(self, url: str) -> None:
        """Says where the agent is and whom it answers, and puts its buttons on the pages of the embedded Encord."""
        say = self.terminal.say
        if self.settings.uses_embedded_encord:
            key = self.policy.path_key
            address = f"{url}/{key.get_secret_value()}" if key else url
            self.buttons.enter_context(with_buttons(self.encord, address, with_judge=self.runs is not None))
            say(
                f"Its buttons are on every image of {self.encord.connection.domain}/projects/{self.encord.project_hash}"
            )
        if self.policy.is_local:
            say("For this machine only: docs/editor-agent.md says how to put it on the web")
        say(f"The agent is at {url}{'/<AGENT_PATH_KEY>' if self.policy.path_key else ''}/ (Ctrl-C ends it)")

    def _pipeline(self) -> Pipeline | None:
        if self.runs is None:
            return None
        return Pipeline(
            self.encord.project_hash.lower(), Rejudger(self.encord.connection, self.runs), SensorTicks(self.runs)
        )


@contextmanager
def opened_agent(settings: Settings, terminal: Terminal, *, host: str) -> Iterator[OpenedAgent]:
    """The agent that the settings mean, to listen on `host`.

    Raises:
        SettingsError: something is missing, or the agent would be open to anybody; one sentence.
    """
    if missing := settings.missing_for_agent():
        raise SettingsError(f"not set: {', '.join(missing)}; docs/editor-agent.md says what each one is for")
    policy = access_policy(settings, host=host)
    _log_to_stderr()
    encord = encord_in_use(settings, log=terminal.say)
    if encord.project_hash and not policy.projects:
        policy = replace(policy, projects=frozenset({encord.project_hash}))
    endpoint = endpoint_of("AGENT", settings, encord)
    terminal.say(f"Encord    {encord.connection.domain}, project {', '.join(policy.projects) or 'any of the key'}")
    terminal.say(f"Model     {endpoint.model} at {endpoint.base_url}")
    terminal.say(f"Answers   {settings.agent_classification!r}")
    with ExitStack() as stack:
        if settings.uses_embedded_encord:
            stack.enter_context(kept_running(settings, encord))
        runs = _runs(settings, encord, terminal, stack)
        yield OpenedAgent(settings, terminal, encord, endpoint, policy, runs, stack.enter_context(ExitStack()))


def access_policy(settings: Settings, *, host: str) -> AccessPolicy:
    """What a call has to show.

    Raises:
        SettingsError: anybody could have the agent work, on projects that nobody has named.
    """
    own = (settings.encord_project_hash,) if settings.encord_project_hash else ()
    policy = AccessPolicy(
        origins=settings.agent_origins,
        projects=frozenset(project.lower() for project in settings.agent_projects or own),
        path_key=settings.agent_path_key,
        secrets=settings.encord_webhook_secret,
        requires_signature=settings.agent_require_signature,
    )
    if policy.requires_signature and not policy.secrets:
        raise SettingsError(
            "AGENT_REQUIRE_SIGNATURE is set without ENCORD_WEBHOOK_SECRET, so nothing could be verified"
        )
    if not policy.is_local and not policy.projects:
        raise SettingsError("AGENT_PROJECTS is not set; name the projects that this agent works on")
    if policy.is_local and not is_loopback(host):
        raise SettingsError(
            f"the agent would be open to anybody who reaches {host}; set AGENT_PATH_KEY, or AGENT_REQUIRE_SIGNATURE"
        )
    return policy


def _runs(settings: Settings, encord: EncordInUse, terminal: Terminal, stack: ExitStack) -> DagsterRuns | None:
    """The way to Dagster, None where no project of a pipeline is known or its models are not."""
    if not encord.project_hash:
        terminal.say("Judge     cannot be asked again: ENCORD_PROJECT_HASH is not set")
        return None
    if settings.dagster_webserver_url:
        terminal.say(f"Judge     is asked again by {settings.dagster_webserver_url}")
        return DagsterWebserver(settings.dagster_webserver_url)
    if missing := settings.missing():
        terminal.say(f"Judge     cannot be asked again: neither DAGSTER_WEBSERVER_URL is set nor {', '.join(missing)}")
        return None
    terminal.say("Judge     is asked again in this process: DAGSTER_WEBSERVER_URL is not set")
    instance = stack.enter_context(dagster_instance(own_dagster_home(settings.state_folder / "dagster_home")))
    return stack.enter_context(InProcessRuns(settings, instance))


def _log_to_stderr() -> None:
    logger = logging.getLogger("judge_pipeline")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
