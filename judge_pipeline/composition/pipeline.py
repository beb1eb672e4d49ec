"""The resources of a pipeline, made from the settings."""

from collections.abc import Callable, Mapping
from pathlib import Path

from judge_pipeline.composition.connections import make_encord_access, make_endpoint, require_settings
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.domain.project_budget import ProjectBudget
from judge_pipeline.domain.workflow import WorkflowTitles
from judge_pipeline.engine.output_files import OutputPath
from judge_pipeline.engine.resources import OntologyTitles, PipelineResources
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.settings.dagster_instance import require_shared_settings
from judge_pipeline.settings.endpoints import PANEL
from judge_pipeline.settings.output import EXTRAS, is_object_store
from judge_pipeline.settings.settings import Settings, SettingsError


def make_resources(
    settings: Settings, *, log: Callable[[str], None], names: PipelineNames = UNPREFIXED
) -> PipelineResources:
    """What a run works with; starts the embedded servers if the settings select them.

    Raises:
        SettingsError: a setting is missing or invalid.
        LocalServerError: a local server does not start.
    """
    require_shared_settings(settings)
    require_settings(settings.missing())
    encord = make_encord_access(settings, log=log)
    endpoints = {name: make_endpoint(name, settings, encord) for name in settings.models}
    return PipelineResources(
        connection=encord.connection,
        project_hash=encord.project_hash,
        captioners={Captioner.LLM_8B: endpoints["LLM1"], Captioner.LLM_16B: endpoints["LLM2"]},
        judge=endpoints["JUDGE"],
        panel=_panel(endpoints),
        database_url=settings.database_url,
        report_file=make_output(settings.output) / "report.html",
        caption_max_words=settings.caption_max_words,
        orders=settings.judge.orders,
        titles=make_ontology_titles(settings),
        workflow_titles=make_workflow_titles(settings),
        max_model_calls=settings.judge_pipeline_max_model_calls,
        max_cost_usd=settings.judge_pipeline_max_cost_usd,
        budget=project_budget(settings),
        min_kappa=settings.judge_pipeline_min_kappa,
        assume_random_choices=settings.judge_pipeline_assume_random_choices,
        cluster_key=settings.judge_pipeline_cluster_key,
        same_answers=settings.judge_pipeline_same_answers,
        names=names,
        output_browser_address=settings.output_browser_address,
        batch_folder=settings.state_folder / "model_batches",
    )


def make_output(output: str) -> OutputPath:
    """The place for reports and exports; opens no connection.

    Raises:
        SettingsError: it is in an object store whose library is not installed.
    """
    if not is_object_store(output):
        return Path(output)
    from fsspec import get_filesystem_class
    from upath import UPath

    scheme = output.partition("://")[0]
    try:
        get_filesystem_class(scheme)
    except ImportError:
        raise SettingsError(
            f"JUDGE_PIPELINE_OUTPUT is in an object store ({scheme}://), whose library is not installed; "
            f"pip install 'judge-pipeline[{EXTRAS[scheme]}]'"
        ) from None
    return UPath(output)


def project_budget(settings: Settings) -> ProjectBudget | None:
    """What all runs of the project may spend in a day or month; None without a limit."""
    if settings.judge_pipeline_budget_usd is None:
        return None
    return ProjectBudget(settings.judge_pipeline_budget_usd, settings.judge_pipeline_budget_period)


def make_ontology_titles(settings: Settings) -> OntologyTitles:
    """The titles of the classifications that have a role."""
    return OntologyTitles(
        llm_8b=settings.ontology_llm_8b,
        llm_16b=settings.ontology_llm_16b,
        judge_choice=settings.ontology_judge_choice,
        final_choice=settings.ontology_final_choice,
    )


def make_workflow_titles(settings: Settings) -> WorkflowTitles:
    """The titles of the workflow's stages and pathways."""
    return WorkflowTitles(
        llm1=settings.workflow_llm1,
        llm2=settings.workflow_llm2,
        judge=settings.workflow_judge,
        llm1_pathway=settings.workflow_llm1_pathway,
        llm2_pathway=settings.workflow_llm2_pathway,
        judge_pathway=settings.workflow_judge_pathway,
        complete=settings.workflow_complete,
    )


def _panel(endpoints: Mapping[str, Endpoint]) -> tuple[Endpoint, ...]:
    """The judges after the first; each must be a different model or address, since the same judge twice has one opinion."""
    panel = {name: endpoint for name, endpoint in endpoints.items() if name.startswith(PANEL)}
    seen = {(endpoints["JUDGE"].base_url, endpoints["JUDGE"].model): "JUDGE"}
    for name, endpoint in panel.items():
        model = (endpoint.base_url, endpoint.model)
        if model in seen:
            raise SettingsError(
                f"{name} is the same model at the same address as {seen[model]}; a panel needs different judges"
            )
        seen[model] = name
    return tuple(panel.values())
