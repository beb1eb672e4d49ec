"""The embedded Encord as the agent needs it: kept running, with a classification to answer, and buttons on its pages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import requests

from judge_pipeline.composition import EncordInUse
from judge_pipeline.encord_project.creation import ensure_text_classification
from judge_pipeline.local.pair.errors import LocalServerError
from judge_pipeline.local.pair.pair import IDLE_SECONDS, LocalPair
from judge_pipeline.settings.settings import Settings


@contextmanager
def kept_running(settings: Settings, encord: EncordInUse) -> Iterator[None]:
    """The project's ontology gets the agent's classification, and the servers do not end for lack of use."""
    ensure_text_classification(encord.connection, encord.project_hash, settings.agent_classification)
    ended = threading.Event()
    pair = LocalPair(settings.embedded_folder)

    def watch() -> None:
        while not ended.wait(IDLE_SECONDS / 10):
            with suppress(LocalServerError):
                pair.ensure_running()

    watching = threading.Thread(target=watch, name="embedded", daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()


@contextmanager
def with_buttons(encord: EncordInUse, agent_url: str, *, with_judge: bool) -> Iterator[None]:
    """Registers the agent's buttons with the embedded Encord, and takes them off its pages at the end."""
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
