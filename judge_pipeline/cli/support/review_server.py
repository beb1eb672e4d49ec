"""What `review` does: open a session, serve its page until Ctrl-C."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from judge_pipeline.cli.support.browser import open_in_browser
from judge_pipeline.cli.support.keep_alive import embedded_servers_kept_alive
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.composition.connections import make_encord_access, require_settings
from judge_pipeline.composition.pipeline import make_ontology_titles, make_workflow_titles
from judge_pipeline.domain.drawing import Order
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.final_choices import sync_final_choices
from judge_pipeline.engine.process_tuning import server_gc
from judge_pipeline.local.pair.sockets import bind, url_of
from judge_pipeline.review.app import create_app, serve
from judge_pipeline.review.choice_writer import ChoiceWriter
from judge_pipeline.review.comparison import JudgeShown
from judge_pipeline.review.guard import Secrets
from judge_pipeline.review.opening import open_session
from judge_pipeline.settings.settings import Settings
from judge_pipeline.store.store import Store


def serve_review(
    settings: Settings,
    terminal: Terminal,
    *,
    reviewer: str | None,
    approves: bool,
    limit: int | None,
    order: Order,
    adjudicates: bool,
    judge: JudgeShown,
    port: int,
    opens_browser: bool,
) -> None:
    """Prints the link, serves until Ctrl-C, then prints how many images were answered."""
    bound = bind(port)
    require_settings(settings.missing(with_models=False))
    encord = make_encord_access(settings, log=terminal.print)
    project = EncordProject.open(encord.connection, encord.project_hash, make_workflow_titles(settings))
    project.check_review()
    if approves:
        project.check_active()
    store = Store.open(settings.database_url)
    try:
        writer = ChoiceWriter(
            project=project,
            records=store.project(encord.project_hash),
            roles=make_ontology_titles(settings).roles_in(project.ontology),
            reviewer=reviewer,
            approves=approves,
            holder=f"review {socket.gethostname()} {os.getpid()}",
            now=lambda: datetime.now(UTC),
        )
        sync_final_choices(project, writer.records, writer.roles, holder=writer.holder)
        session = open_session(
            writer,
            order=order,
            limit=limit,
            log=terminal.print,
            overlap=settings.judge_pipeline_review_overlap,
            adjudicates=adjudicates,
        )
        secrets = Secrets()
        link = f"{url_of(bound)}/enter/{secrets.token}"
        terminal.print(f"Encord  {encord.connection.domain}, project {project.title!r}")
        waiting, again = len(session.queue), len(session.outdated & set(session.queue))
        asked_again = f", {again} of them again because a caption has changed since their last answer" if again else ""
        terminal.print(f"Images  {waiting} {'waits' if waiting == 1 else 'wait'} for an answer{asked_again}")
        if order is Order.DISAGREEMENTS:
            terminal.print_wrapped(
                "Doubtful images come first, so your answers are not a random sample: they settle those images, and count for "
                "all images only once the random draw has reached them."
            )
        terminal.print(f"Review  {link}")
        terminal.print("        (Ctrl-C stops it; every answer is saved at once)")
        with _browser_opened(link, settings.state_folder, wanted=opens_browser), embedded_servers_kept_alive(settings):
            server_gc()
            try:
                serve(create_app(session, judge=judge, port=bound.getsockname()[1], secrets=secrets), bound)
            finally:
                session.close()
        terminal.print(f"{len(session.answered)} answered in this session, {len(session.queue)} left.")
    finally:
        store.close()


@contextmanager
def _browser_opened(link: str, folder: Path, *, wanted: bool) -> Iterator[None]:
    """Opens the link through a file that only the user can read: all users of a machine can see a browser's arguments."""
    file = folder / f"review-{os.getpid()}.html"
    if wanted:
        folder.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_text(f'<!doctype html><meta http-equiv="refresh" content="0;url={link}">')
        open_in_browser(file.as_uri())
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
