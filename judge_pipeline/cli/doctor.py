"""`judge-pipeline doctor`: everything that a run needs, checked without cost and told in one line each."""

import typer


def doctor() -> None:
    """Check settings, Encord, ontology, workflow, models and store; no model is asked anything."""
    from judge_pipeline.assets.bench import check_models
    from judge_pipeline.cli.opening import introduce
    from judge_pipeline.cli.terminal import Terminal
    from judge_pipeline.definitions import make_workbench
    from judge_pipeline.domain.form_findings import form_findings
    from judge_pipeline.encord_project.project import EncordProject
    from judge_pipeline.settings import Settings
    from judge_pipeline.store.store import Store

    terminal = Terminal()
    settings = Settings.read()
    workbench = make_workbench(settings, tell=terminal.say)
    introduce(workbench, terminal)
    project = EncordProject.open(workbench.connection, workbench.project_hash)
    terminal.say(f"Encord    ok: project {project.title!r}, its workflow has the three agent stages")
    roles = workbench.titles.roles_in(project.ontology)
    asked = ", ".join(each.title for each in (roles.for_8b, roles.for_16b, *roles.others, roles.choice))
    terminal.say(
        f"Ontology  ok: {project.ontology.title!r}; the judge fills {asked}; {roles.final_choice.title} is people's"
    )
    for finding in form_findings(roles):
        terminal.say(f"          {finding}", style="yellow")
    board = project.board()
    terminal.say(f"Images    {len(board.images)}, with {len(board.texts)} text items")
    for conflict in board.conflicts.values():
        terminal.say(f"          {conflict}", style="red")
    check_models(workbench)
    terminal.say(f"Models    ok: all {len(workbench.endpoints)} endpoints are there and serve their model")
    Store.open(workbench.database_url).close()
    terminal.say("Store     ok")
    if settings.uses_embedded_encord:
        terminal.say("Nothing names an Encord of yours, so this is the local one; docs/settings.md says what to set.")
    if board.conflicts:
        raise typer.Exit(1)
