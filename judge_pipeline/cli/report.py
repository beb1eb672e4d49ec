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
    from judge_pipeline.assets.report import write_report
    from judge_pipeline.cli.terminal import Terminal
    from judge_pipeline.cli.working import tell_in_words
    from judge_pipeline.definitions import make_workbench
    from judge_pipeline.settings import Settings, SettingsError

    if out is not None and out.suffix != ".html":
        raise SettingsError(f"--out is {str(out)!r}, expected a file that ends in .html")
    terminal = Terminal()
    workbench = make_workbench(Settings.read(), tell=terminal.say)
    read_final_choices(workbench, holder="judge-pipeline report")
    file = out or workbench.report_file
    numbers = write_report(workbench, file)
    tell_in_words(numbers, terminal)
    terminal.say(f"Report: {file}")
