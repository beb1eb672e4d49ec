"""`judge-pipeline doctor`: everything that a run needs, checked without cost and told in one line each."""

import typer


def doctor() -> None:
    """Check settings, Encord, ontology, workflow, models and store; no model is asked anything."""
    from judge_pipeline.cli.support.banner import print_banner
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition import make_resources
    from judge_pipeline.domain.answer_codec.form_findings import form_findings
    from judge_pipeline.encord_project.project import EncordProject
    from judge_pipeline.engine.batch_context import check_models
    from judge_pipeline.settings.settings import Settings
    from judge_pipeline.store.store import Store

    terminal = Terminal()
    settings = Settings.read()
    pipeline = make_resources(settings, log=terminal.say)
    print_banner(pipeline, terminal)
    project = EncordProject.open(pipeline.connection, pipeline.project_hash)
    terminal.say(f"Encord    ok: project {project.title!r}, its workflow has the three agent stages")
    roles = pipeline.titles.roles_in(project.ontology)
    asked = ", ".join(each.title for each in (roles.for_8b, roles.for_16b, *roles.others, roles.choice))
    terminal.say(
        f"Ontology  ok: {project.ontology.title!r}; the judge fills {asked}; {roles.final_choice.title} is people's"
    )
    for finding in form_findings(roles):
        terminal.say(f"          {finding}", style="yellow")
    snapshot = project.snapshot()
    terminal.say(f"Images    {len(snapshot.images)}, with {len(snapshot.texts)} text items")
    for conflict in snapshot.conflicts.values():
        terminal.say(f"          {conflict}", style="red")
    check_models(pipeline)
    terminal.say(f"Models    ok: all {len(pipeline.endpoints)} endpoints are there and serve their model")
    Store.open(pipeline.database_url).close()
    terminal.say("Store     ok")
    if settings.uses_embedded_encord:
        terminal.say("Nothing names an Encord of yours, so this is the local one; docs/settings.md says what to set.")
    if snapshot.conflicts:
        raise typer.Exit(1)
