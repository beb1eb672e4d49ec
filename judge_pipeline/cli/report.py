"""`judge-pipeline report`: the report on everything that is known by now."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    out: Annotated[
        Path | None, typer.Option(help="File to write, .html; the numbers go beside it as .json. Default: the home's.")
    ] = None,
) -> None:
    """Read what people have decided by now, and write the report; no model is asked."""
    from judge_pipeline.assets.final_choices import read_final_choices
    from judge_pipeline.cli.support.run_pipeline import print_headline
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition import make_resources
    from judge_pipeline.engine.report_files import write_report
    from judge_pipeline.settings.settings import Settings, SettingsError

    if out is not None and out.suffix != ".html":
        raise SettingsError(f"--out is {str(out)!r}, expected a file that ends in .html")
    terminal = Terminal()
    pipeline = make_resources(Settings.read(), log=terminal.say)
    read_final_choices(pipeline, holder="judge-pipeline report")
    file = out or pipeline.report_file
    numbers = write_report(pipeline, file)
    print_headline(numbers, terminal)
    terminal.say(f"Report: {file}")
