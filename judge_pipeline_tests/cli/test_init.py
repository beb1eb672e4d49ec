"""`init` creates a project that `run` can work on, does so only once, and finds what does not fit before it creates anything."""

from collections.abc import Callable
from pathlib import Path

import pytest
from encord import EncordUserClient
from encord.objects.attributes import RadioAttribute

from judge_pipeline.domain.data_group import ProjectForm
from judge_pipeline_tests.cli.commands import Result, judge_pipeline
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.engine.workflows import GERMAN, seed_stages, template
from judge_pipeline_tests.model_stub import paint
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE, seed_ontology

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SEED_TEMPLATE = ("--workflow-template", WORKFLOW_TEMPLATE["uuid"])
GERMAN_TITLES = {
    "WORKFLOW_LLM1": "kurz",
    "WORKFLOW_LLM2": "lang",
    "WORKFLOW_JUDGE": "vergleich",
    "WORKFLOW_JUDGE_PATHWAY": "geprüft",
}

Init = Callable[..., Result]


@pytest.fixture
def init(user_project: UserProject, tmp_path: Path) -> Init:
    """`init` with only the account in its settings, and others on top."""
    account = {name: user_project.settings[name] for name in ("ENCORD_DOMAIN", "ENCORD_SSH_KEY_FILE")}

    def command(*arguments: str, columns: int = 80, **settings: str) -> Result:
        return judge_pipeline("init", *arguments, cwd=tmp_path, settings=account | settings, columns=columns)

    return command


def account_of(user_project: UserProject) -> dict[str, list[str]]:
    """The titles of all that an account holds."""
    client: EncordUserClient = user_project.seed.client()
    return {
        "projects": [each["project"].title for each in client.get_projects()],
        "ontologies": [each["ontology"].title for each in client.get_ontologies()],
        "datasets": [each["dataset"].title for each in client.get_datasets()],
        "folders": [folder.name for folder in client.list_storage_folders()],
        "metadata": client.metadata_schema().keys(),
    }


def test_a_project_is_created_once_and_is_ready_to_run(user_project: UserProject, tmp_path: Path, init: Init) -> None:
    pictures = tmp_path / "own pictures"
    pictures.mkdir()
    for colour in ("red", "green"):
        paint(pictures, colour)
    before = account_of(user_project)
    planned = init("Our pictures", *SEED_TEMPLATE, "--images", str(pictures), "--dry-run")
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "Missing   project 'Our pictures'" in planned.stdout
    assert "not checked" in planned.stdout
    assert account_of(user_project) == before
    assert not (tmp_path / "editor_layout.json").exists()

    made = init("Our pictures", *SEED_TEMPLATE, "--images", str(pictures))
    again = init("Our pictures", "--images", str(pictures))
    assert (made.returncode, made.stderr) == (0, "")
    assert again.stdout == made.stdout, "the template is needed only for a new project"
    assert "Images    2" in made.stdout
    assert "Settings > Editor layout > upload" in made.stdout
    assert (tmp_path / "editor_layout.json").is_file()
    project_hash = made.stdout.partition("ENCORD_PROJECT_HASH=")[2].split()[0]
    project = user_project.seed.client().get_project(project_hash)
    titles = [each.title for each in project.ontology_structure.classifications]
    assert titles == ["Final Choice", "LLM 8B", "LLM 16B", "LLM Judge Choice", "Description"]
    settings = {name: value for name, value in user_project.settings.items() if "__" in name}  # .env has the others
    ready = judge_pipeline("doctor", cwd=tmp_path, settings=settings)
    assert (ready.returncode, ready.stderr) == (0, "")
    nothing_left = init("Our pictures", "--dry-run")
    assert "Missing" not in nothing_left.stdout


def test_a_project_of_data_groups_runs_and_is_named_by_doctor(
    user_project: UserProject, tmp_path: Path, init: Init
) -> None:
    pictures = tmp_path / "own pictures"
    pictures.mkdir()
    paint(pictures, "red")
    made = init("Our groups", *SEED_TEMPLATE, "--images", str(pictures), "--form", "groups")
    assert (made.returncode, made.stderr) == (0, "")
    assert "Images    1" in made.stdout
    assert not (tmp_path / "editor_layout.json").exists()
    settings = {name: value for name, value in user_project.settings.items() if "__" in name}
    client = user_project.seed.client()
    project = client.get_project(made.stdout.partition("ENCORD_PROJECT_HASH=")[2].split()[0])
    waiting = ProjectForm.of(project.description).images_folder
    assert waiting is not None
    below = client.get_storage_folder(waiting).create_subfolder("2026").create_subfolder("May")
    below.upload_image(paint(tmp_path, "green"), title="green.png")
    not_looked_at = "1 images are in folders below the storage folder"
    run = judge_pipeline("run", cwd=tmp_path, settings=settings)
    assert (run.returncode, run.stderr) == (0, "")
    assert not_looked_at in " ".join(run.stdout.split())
    (row,) = project.list_label_rows_v2()
    assert (row.data_type.value, row.data_title) == ("group", "red.png")
    assert row.workflow_graph_node is not None
    assert row.workflow_graph_node.title == "Human Review"
    assert row.data_hash in (tmp_path / ".judge_pipeline" / "report.html").read_text()
    exported = judge_pipeline("export", "--format", "trl", "--out", "pairs", cwd=tmp_path, settings=settings)
    assert (exported.returncode, exported.stderr) == (0, "")
    assert len(list((tmp_path / "pairs" / "images").glob("*.jpg"))) == 1
    ready = judge_pipeline("doctor", cwd=tmp_path, settings=settings, columns=200)
    assert ready.returncode == 0
    assert "each image is a data group with its captions" in ready.stdout
    assert not_looked_at in ready.stdout
    other = init("Our groups", "--form", "rows")
    assert other.returncode == 2
    assert "only a new project can get another form" in other.stderr


def test_a_template_that_does_not_fit_leaves_no_project(user_project: UserProject, init: Init) -> None:
    other = template(GERMAN)
    user_project.seed.server.control("POST", "workflow-templates", json=other)
    before = account_of(user_project)
    for _ in range(2):
        refused = init("Misfit", "--workflow-template", other["uuid"])
        assert refused.returncode == 2
        (line,) = refused.stderr.splitlines()
        assert f"workflow template {other['uuid']} does not fit: its workflow: there is no agent stage 'LLM1'" in line
        assert "the same for 'LLM2' (WORKFLOW_LLM2) and 'LLM as Judge' (WORKFLOW_JUDGE)" in line
        assert line.endswith("no project was created, and nothing was uploaded")
    assert account_of(user_project) == before | {"ontologies": [*before["ontologies"], "Misfit: ontology"]}
    made = init("Misfit", "--workflow-template", other["uuid"], **GERMAN_TITLES, ONTOLOGY_LLM_8B="LLM Kurz")
    assert (made.returncode, made.stderr) == (0, "")
    assert account_of(user_project)["ontologies"].count("Misfit: ontology") == 1


def test_a_misfit_names_every_difference_at_once(user_project: UserProject, init: Init) -> None:
    stages = seed_stages(LLM2={"title": "LLM 2", "kind": "agent", "pathways": [{"name": "on", "to": "LLM as Judge"}]})
    stages[0] = {**stages[0], "pathways": [{"name": "First caption", "to": "LLM 2"}]}
    other = template(stages)
    user_project.seed.server.control("POST", "workflow-templates", json=other)
    client = user_project.seed.client()
    structure = seed_ontology()
    structure.classifications.pop(1)
    structure.add_classification().add_attribute(RadioAttribute, "Description").add_option("none")
    ontology = client.create_ontology("By hand", structure=structure)
    client.create_project(
        "By hand",
        [user_project.seed.dataset_hash],
        ontology_hash=ontology.ontology_hash,
        workflow_template_hash=other["uuid"],
    )
    before = account_of(user_project)
    refused = init("By hand", *SEED_TEMPLATE)
    assert refused.returncode == 2
    (line,) = refused.stderr.splitlines()
    for words in (
        "the project 'By hand' exists and does not fit: its workflow: there is no agent stage 'LLM2'",
        "ontology 'By hand' has no classification 'LLM 8B'",
        "classification 'Description' is of kind radio",
        "choose another title; nothing was changed",
    ):
        assert words in line
    assert account_of(user_project) == before


def test_a_project_made_by_hand_is_completed(user_project: UserProject, init: Init) -> None:
    client = user_project.seed.client()
    client.create_project("Half", [], workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])
    completed = init("Half")
    assert (completed.returncode, completed.stderr) == (0, "")
    assert "Half: images and captions" in account_of(user_project)["datasets"]


def test_without_a_template_the_page_is_explained_with_its_links(init: Init) -> None:
    asked = init("New", WORKFLOW_JUDGE="Referee")
    assert asked.returncode == 2
    assert "an Agent 'Referee' with one pathway 'LLM Ruling', to 'Human Review'" in asked.stdout
    assert "https://docs.encord.com/" in asked.stdout
    (line,) = asked.stderr.splitlines()
    assert "no project has the title 'New'" in line


@pytest.mark.parametrize(
    ("command", "has_account", "says"),
    [
        (("X", "--workflow-template", "1"), False, "no Encord is set; set ENCORD_SSH_KEY_FILE"),
        (("X", "--workflow-template", "1", "--images", "nowhere"), True, "'nowhere' is not a folder"),
        (("X", "--workflow-template", "1"), True, "creating the project 'X' takes the id of a workflow template"),
        (("X", *SEED_TEMPLATE, "--layout", "no/where.json"), True, "the folder 'no' does not exist"),
        (("X", "--workflow-template", "00000000-0000-4000-8000-000000000000"), True, "creating the project 'X'"),
    ],
)
def test_a_mistake_is_one_line_and_creates_nothing(
    user_project: UserProject, tmp_path: Path, init: Init, command: tuple[str, ...], has_account: bool, says: str
) -> None:
    before = account_of(user_project)
    result = init(*command) if has_account else judge_pipeline("init", *command, cwd=tmp_path, settings={})
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert says in line
    assert account_of(user_project) == before
