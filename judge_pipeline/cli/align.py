"""`judge-pipeline align`: a judge that learns from people's blind choices, proposed next to the present one."""

from typing import Annotated

import typer

from judge_pipeline.cli.support.budget import MaxCostUsd, MaxModelCalls, budget_settings


def align(
    with_images: Annotated[
        bool,
        typer.Option(
            "--with-images", help="Show the images of examples too; for judges that take several images in a question."
        ),
    ] = False,
    accept: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION", help="Judge by this version from now on; `unaligned` is the judge without an alignment."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Accept a version that was not found to agree with people more often.")
    ] = False,
    versions: Annotated[bool, typer.Option("--versions", help="Only list the versions that were proposed.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print what would be asked, and an estimate of its cost.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask in a terminal whether to spend that.")] = False,
    max_model_calls: MaxModelCalls = None,
    max_cost_usd: MaxCostUsd = None,
) -> None:
    """Propose a judge that agrees with people more often, learned from their blind choices; nothing changes until it is accepted.

    Prints the cost first. Repeating it is free: only questions without an answer in the store are asked. Encord stays unchanged.
    """
    from judge_pipeline.cli.support.aligned_judge import accept_version, align_judge, print_versions
    from judge_pipeline.cli.support.keep_alive import embedded_servers_kept_alive
    from judge_pipeline.cli.support.terminal import Terminal, print_banner
    from judge_pipeline.composition.pipeline import make_resources
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    settings = Settings.read(**budget_settings(max_model_calls, max_cost_usd))
    pipeline = make_resources(settings, log=terminal.print)
    if versions:
        print_versions(pipeline, terminal)
        return
    if accept is not None:
        is_done = accept_version(pipeline, terminal, accept, force=force)
    else:
        print_banner(pipeline, terminal)
        with embedded_servers_kept_alive(settings):
            is_done = align_judge(pipeline, terminal, with_images=with_images, only_cost=dry_run, confirmed=yes)
    if not is_done:
        raise typer.Exit(1)
