"""`judge-pipeline ranking`: which of the captioners of several projects is best."""

from pathlib import Path
from typing import Annotated

import typer


def ranking(
    projects: Annotated[
        list[str] | None,
        typer.Argument(
            help="Project ids (ENCORD_PROJECT_HASH). Default: every project of the store.", show_default=False
        ),
    ] = None,
    store: Annotated[
        list[str] | None,
        typer.Option(
            help="Read this store instead of the present one: a home folder, an SQLite file or a database URL; repeat the option "
            "for several.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            help="Such as `gpt-4o-2024-08-06=gpt-4o`: count a model that its server calls by the first name as the second; "
            "repeat the option for several.",
            show_default=False,
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write all numbers to this file.", show_default=False)
    ] = None,
) -> None:
    """Rank the captioners of projects that share some: A against B here, B against C there. Reads stores, changes nothing.

    Captioners are told apart by the model names that their servers reported.
    """
    import json

    from judge_pipeline.cli.support.ranked_stores import ranked_projects, store_url
    from judge_pipeline.cli.support.ranking_table import print_ranking
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.engine.atomic_files import write_text_atomically
    from judge_pipeline.reporting.ranking import CaptionerRanking
    from judge_pipeline.reporting.ranking_json import ranking_json
    from judge_pipeline.settings.settings import Settings, SettingsError

    names = [each.partition("=") for each in name or ()]
    if wrong := next((each for each in names if not all(each)), None):
        raise SettingsError(f"expected --name REPORTED=NAME, found {''.join(wrong)!r}")
    settings = Settings.read()
    urls = [store_url(each) for each in store or ()] or [settings.database_url]
    found = CaptionerRanking(
        ranked_projects(urls, projects or (), assume_random=settings.judge_pipeline_assume_random_choices),
        {reported: better for reported, _, better in names},
    )
    terminal = Terminal()
    print_ranking(found, terminal)
    if json_file:
        write_text_atomically(json_file, [json.dumps(ranking_json(found), indent=2, ensure_ascii=False)])
        terminal.print(f"Numbers: {json_file}")
    if found.leading is None:
        raise typer.Exit(1)
