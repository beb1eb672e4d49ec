"""`judge-pipeline doctor`: checks everything that a run needs, one line each; at no cost, unless `--paid` is given."""

from typing import Annotated

import typer


def doctor(
    paid: Annotated[
        bool, typer.Option("--paid", help="Ask each model one question about a small picture, which costs a few cents.")
    ] = False,
) -> None:
    """Check settings, Encord, ontology, workflow, models and store; makes no model calls without --paid."""
    from judge_pipeline.cli.support.paid_probe import probe_models
    from judge_pipeline.cli.support.terminal import Terminal, print_banner
    from judge_pipeline.composition import make_resources
    from judge_pipeline.domain.answer_codec.form_warnings import form_warnings
    from judge_pipeline.domain.row_findings import row_findings
    from judge_pipeline.domain.text_item import LinkedTextItems
    from judge_pipeline.domain.workflow import AGENT_STAGES, StageKind
    from judge_pipeline.engine.batch_context import check_models
    from judge_pipeline.engine.project_claim import project_holders
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    settings = Settings.read()
    pipeline = make_resources(settings, log=terminal.print)
    print_banner(pipeline, terminal)
    project = pipeline.open_project()
    if project.inactive_reason:
        terminal.print(f"Encord    {project.inactive_reason}", style="red")
    else:
        terminal.print(f"Encord    ok: project {project.title!r}")
    workflow = project.workflow
    titles = {kind: workflow.titles_of(kind) for kind in StageKind}
    terminal.print(
        f"Workflow  ok: {', '.join(titles[kind] for kind in AGENT_STAGES)}; people decide in {titles[StageKind.REVIEW]}; "
        f"approved images are in {titles[StageKind.COMPLETE]}, rejected ones in {titles[StageKind.ARCHIVE]}"
    )
    for difference in workflow.differences:
        terminal.print(f"          {difference}", style="yellow")
    roles = pipeline.titles.roles_in(project.ontology)
    by_judge = ", ".join(each.title for each in (roles.for_8b, roles.for_16b, *roles.others, roles.choice))
    terminal.print(
        f"Ontology  ok: {project.ontology.title!r}; the judge fills in {by_judge}; people fill in {roles.final_choice.title}"
    )
    for finding in form_warnings(roles):
        terminal.print(f"          {finding}", style="yellow")
    snapshot = project.snapshot()
    terminal.print(f"Images    {len(snapshot.images)}, with {len(snapshot.texts)} text items")
    for conflict in snapshot.conflicts.values():
        terminal.print(f"          {conflict}", style="red")
    holders = project_holders(project, list(snapshot.images.values()))
    terminal.print(f"In use    {'; '.join(map(str, holders)) or 'by no run'}")
    remarks = check_models(pipeline)
    listed = len(pipeline.endpoints) - len(remarks)
    if remarks:
        terminal.print(f"Models    {listed} of {len(pipeline.endpoints)} endpoints list their model", style="yellow")
    else:
        terminal.print(f"Models    ok: all {listed} endpoints are up and serve their model")
    for remark in remarks:
        terminal.print(f"          {remark}", style="yellow")
    are_usable = probe_models(pipeline, project, roles, terminal) if paid else True
    if remarks and not paid:
        terminal.print("          `judge-pipeline doctor --paid` asks each model one question", style="yellow")
    with pipeline.open_store() as store:
        terminal.print("Store     ok")
        refreshing = store.refreshes.unfinished("linked_text_items")
        linked = store.results("linked_text_items", LinkedTextItems)
    findings = row_findings(snapshot, {tag: texts for tag, texts in linked.items() if tag not in refreshing})
    for sentence in (*findings.behind, *findings.stray):
        terminal.print(f"          {sentence}", style="yellow")
    for sentence in findings.changed:
        terminal.print(f"          {sentence}", style="red")
    if settings.uses_embedded_encord:
        terminal.print("No Encord is set, so this is the local one; docs/settings.md explains how to set yours.")
    if snapshot.conflicts or findings.changed or project.inactive_reason or not are_usable:
        raise typer.Exit(1)
