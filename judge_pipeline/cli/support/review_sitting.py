"""A sitting at the review from its opening to Ctrl-C."""

import os
import socket
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.composition import make_titles, project_in_use
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.final_choices import sync_final_choices
from judge_pipeline.local.pair.errors import LocalPairError
from judge_pipeline.local.pair.sockets import bind, url_of
from judge_pipeline.review.app import create_app, serve
from judge_pipeline.review.choice_writer import ChoiceWriter
from judge_pipeline.review.comparison import JudgeShown
from judge_pipeline.review.guard import Secrets
from judge_pipeline.review.review_queue import Order
from judge_pipeline.review.session import open_session
from judge_pipeline.settings.settings import Settings
from judge_pipeline.store.store import Store

SECONDS_BETWEEN_LOOKS = 300.0
"""A third of the idle time after which the local Encord ends by itself: a pause for thought is no end."""


def review_in_browser(
    settings: Settings,
    terminal: Terminal,
    *,
    reviewer: str | None,
    approves: bool,
    limit: int | None,
    order: Order,
    judge: JudgeShown,
    port: int,
    opens_browser: bool,
) -> None:
    """Prints the link, serves until Ctrl-C, says what was done."""
    bound = bind(port)
    encord = project_in_use(settings, log=terminal.say)
    project = EncordProject.open(encord.connection, encord.project_hash)
    store = Store.open(settings.database_url)
    try:
        writer = ChoiceWriter(
            project=project,
            records=store.project(encord.project_hash),
            roles=make_titles(settings).roles_in(project.ontology),
            reviewer=reviewer,
            approves=approves,
            holder=f"review {socket.gethostname()} {os.getpid()}",
            now=lambda: datetime.now(UTC),
        )
        sync_final_choices(project, writer.records, writer.roles, holder=writer.holder)
        session = open_session(writer, order=order, limit=limit, log=terminal.say)
        secrets = Secrets()
        link = f"{url_of(bound)}/enter/{secrets.token}"
        terminal.say(f"Encord  {encord.connection.domain}, project {project.title!r}")
        waiting, again = len(session.queue), sum(tag in session.asked_again for tag in session.queue)
        asked_again = (
            f", {again} of them once more, because a caption has been made anew since the last" if again else ""
        )
        terminal.say(f"Images  {waiting} {'waits' if waiting == 1 else 'wait'} for an answer{asked_again}")
        if order is Order.DISAGREEMENTS:
            terminal.explain(
                "The doubtful ones come first, so what you answer is no random sample: it mends those images, and says "
                "little about how often the judge agrees with people."
            )
        terminal.say(f"Review  {link}")
        terminal.say("        (Ctrl-C ends it; every answer is saved as it is given)")
        with _browser_opened(link, settings.state_folder, wanted=opens_browser), _kept_running(settings):
            serve(create_app(session, judge=judge, port=bound.getsockname()[1], secrets=secrets), bound)
        terminal.say(f"{len(session.answered)} answered in this sitting, {len(session.queue)} left.")
    finally:
        store.close()


@contextmanager
def _browser_opened(link: str, folder: Path, *, wanted: bool) -> Iterator[None]:
    """Opens the link by way of a file that nobody else may read: a browser's arguments are seen by all of this machine.

    A browser in the terminal is left alone, it would take the terminal.
    """
    file = folder / f"review-{os.getpid()}.html"
    with suppress(webbrowser.Error):
        browser = webbrowser.get() if wanted else None
        if browser is not None and type(browser) is not webbrowser.GenericBrowser:
            folder.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            file.touch(mode=0o600)
            file.write_text(f'<!doctype html><meta http-equiv="refresh" content="0;url={link}">')
            browser.open(file.as_uri())
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def _kept_running(settings: Settings) -> Iterator[None]:
    """The local Encord, where that is the one in use, does not end while somebody thinks."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(SECONDS_BETWEEN_LOOKS):
            with suppress(LocalPairError):
                project_in_use(settings, log=lambda _line: None)

    if settings.uses_embedded_encord:
        threading.Thread(target=look, daemon=True, name="local-encord-kept-running").start()
    try:
        yield
    finally:
        ended.set()
