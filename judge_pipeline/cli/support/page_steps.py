"""The two things that only Encord's own page can do, click by click: build the workflow template, upload the editor layout."""

from pathlib import Path

from judge_pipeline.domain.workflow import AGENT_STAGES, WorkflowTitles

TEMPLATES_HELP = (
    "https://docs.encord.com/platform-documentation/Annotate/annotate-projects/annotate-workflows-and-templates"
)


def workflow_steps(app_url: str, titles: WorkflowTitles) -> list[str]:
    """How to build the workflow template with these titles and find its id."""
    agents = [titles.agents[kind] for kind in AGENT_STAGES]
    after = [*(agent.title for agent in agents[1:]), "Human Review"]
    return [
        f"On Encord's page (once): build a workflow template at {app_url}, under Annotate > Workflow templates > New template",
        "  1. Remove the Annotate stage. With Add stage, drag onto the canvas and name:",
        *(
            f"     an Agent {agent.title!r} with one pathway {agent.pathway or agent.usual_pathway!r}, to {leads_to!r}"
            for agent, leads_to in zip(agents, after, strict=True)
        ),
        "     a Review 'Human Review', approved to Complete, rejected to Archive",
        f"  2. Connect Start to {agents[0].title!r} and the stages by their pathways.",
        "  3. Save the template, open it, and copy its id: --workflow-template takes it.",
        f"  Encord's pictures of these steps: {TEMPLATES_HELP}",
    ]


def layout_steps(project_url: str, layout: Path) -> list[str]:
    """How to show annotators the image next to both captions; runs do not need it."""
    return [
        "On Encord's page (once, for the annotators; runs do not need it): show the image next to both captions",
        f"  1. Open {project_url}",
        f"  2. Settings > Editor layout > upload {layout.resolve()}, and save.",
    ]
