"""`judge-pipeline doctor`: checks everything that a run needs, all in one table; at no cost, unless `--paid` is given."""

from typing import Annotated

import typer


def doctor(
    paid: Annotated[
        bool, typer.Option("--paid", help="Ask each model one question about a small picture, which costs a few cents.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check settings, Encord, ontology, workflow, models and store; makes no model calls without --paid.

    Exits with 0 if nothing is wrong, 2 if no run can start, 1 for anything else that is wrong.
    """
    from functools import partial

    from judge_pipeline.cli.support.diagnosis import Diagnosis
    from judge_pipeline.cli.support.findings import (
        NO_RUN,
        Finding,
        Result,
        exit_code,
        findings_json,
        print_findings,
    )
    from judge_pipeline.cli.support.terminal import Terminal, print_error
    from judge_pipeline.settings.settings import Settings, SettingsError

    terminal = Terminal()
    try:
        settings = Settings.read()
    except SettingsError as error:
        others = "the settings cannot be read, so nothing else is checked"
        findings = [
            Finding("Settings", Result.WRONG, str(error), stops_runs=True),
            Finding("The rest", Result.NOT_CHECKED, others),
        ]
    else:
        log = partial(typer.echo, err=True) if as_json else terminal.print
        findings = Diagnosis(settings, log).run(paid=paid)
        if settings.uses_embedded_encord and not as_json:
            terminal.print("No Encord is set, so this is the local one; docs/settings.md explains how to set yours.")
    if as_json:
        typer.echo(findings_json(findings))
    else:
        print_findings(findings, terminal)
    code = exit_code(findings)
    if code == NO_RUN:
        wrong = [finding for finding in findings if finding.result is Result.WRONG]
        count = f"{len(wrong)} of {len(findings)} checks {'is' if len(wrong) == 1 else 'are'} wrong"
        named = "; ".join(f"{each.check}: {each.sentence}" for each in wrong)
        print_error(count if terminal.console.is_terminal else f"{count}: {named}")
    raise typer.Exit(code)
