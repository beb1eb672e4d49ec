"""`judge-pipeline report`: writes the report from what is known now."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    out: Annotated[
        Path | None,
        typer.Option(
            help="The .html file to write, with a .json file next to it. Default: report.html in JUDGE_PIPELINE_OUTPUT, "
            "else in the home."
        ),
    ] = None,
    opens: Annotated[bool, typer.Option("--open", help="Then open it in the browser.")] = False,
) -> None:
    """Read people's decisions from Encord and write the report; makes no model calls."""
    from judge_pipeline.assets.final_choices import read_final_choices
    from judge_pipeline.cli.support.browser import open_or_say
    from judge_pipeline.cli.support.run_pipeline import print_headline
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition.pipeline import make_resources
    from judge_pipeline.engine.report_files import write_report
    from judge_pipeline.settings.settings import Settings, SettingsError

    if out is not None and out.suffix != ".html":
        raise SettingsError(f"--out is {str(out)!r}, expected a file that ends in .html")
    terminal = Terminal()
    pipeline = make_resources(Settings.read(), log=terminal.print)
    with terminal.busy("Reading people's decisions from Encord"):
        read_final_choices(pipeline, holder="judge-pipeline report")
    file = out or pipeline.report_file
    url = pipeline.browser_url(file.name) if out is None else None
    with terminal.busy("Writing the report"):
        numbers = write_report(pipeline, file)
    print_headline(numbers, terminal)
    terminal.print(f"Report: {file}")
    if opens:
        open_or_say(url or file.resolve().as_uri(), terminal)
