"""`judge-pipeline doctor`: everything that a run needs, checked without cost and told in one line each."""

import typer
from rich.console import Console

from judge_pipeline.assets.bench import check_models
from judge_pipeline.definitions import make_workbench, what_is_used
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.settings import Settings
from judge_pipeline.store.store import Store


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command()
    def doctor() -> None:
        """Check settings, Encord, ontology, workflow, models and store; no model is asked anything."""
        console = Console(highlight=False, markup=False)
        settings = Settings.read()
        console.print(what_is_used(settings))
        workbench = make_workbench(settings, tell=console.print)
        project = EncordProject.open(workbench.connection, workbench.project_hash)
        console.print(f"Encord:   project {project.title!r} opens, its workflow has the three agent stages")
        roles = workbench.titles.roles_in(project.ontology)
        asked = ", ".join(each.title for each in (roles.for_8b, roles.for_16b, *roles.others, roles.choice))
        console.print(
            f"Ontology: {project.ontology.title!r}; the judge fills {asked}; {roles.final_choice.title} is left to people"
        )
        board = project.board()
        console.print(f"Images:   {len(board.images)}, text items {len(board.texts)}")
        for conflict in board.conflicts.values():
            console.print(f"          {conflict}")
        check_models(workbench)
        console.print("Models:   all three answer")
        Store.open(workbench.database_url).close()
        console.print("Store:    opens")
        if board.conflicts:
            raise typer.Exit(1)
