"""A process on an instance that other machines share works with their store, Encord and models, or not at all."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from judge_pipeline.composition.loading import build_definitions, load_definitions
from judge_pipeline.settings.dagster_instance import require_shared_settings, require_working_driver
from judge_pipeline.settings.settings import Settings, SettingsError
from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.deploy.shared_instance import SHIPPED, shared_home
from judge_pipeline_tests.environments import use_only_settings
from judge_pipeline_tests.store.conftest import postgresql  # noqa: F401
from judge_pipeline_tests.store.postgresql_server import PostgresqlServer

pytestmark = pytest.mark.slow

ENCORD = {
    "ENCORD_SSH_KEY": "not read before the first call to Encord",
    "ENCORD_PROJECT_HASH": "7f2d5c5e-0000-4000-8000-000000000000",
}
MODELS = {
    f"{name}__{field}": value
    for name in ("LLM1", "LLM2", "JUDGE")
    for field, value in (("BASE_URL", "http://127.0.0.1:1/v1"), ("MODEL", name.lower()))
}
STORE = {"JUDGE_PIPELINE_DATABASE_URL": "postgresql://u:p@127.0.0.1:1/judge"}
NEEDED = {
    "JUDGE_PIPELINE_DATABASE_URL on PostgreSQL",
    "ENCORD_SSH_KEY_FILE",
    "ENCORD_PROJECT_HASH",
    *MODELS,
}
COMMANDS = (["run"], ["run", "--dry-run"], ["retry-failed"], ["report"], ["export", "--out", "out"], ["review"])


@pytest.fixture
def home(
    postgresql: PostgresqlServer,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:
    """A shared instance and an empty working directory, without any setting."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    use_only_settings(monkeypatch, {})
    with shared_home(postgresql, tmp_path / "dagster") as home:
        yield home


def missing_in(message: str) -> set[str]:
    """The settings that a refusal lists."""
    return set(message.partition("not set here: ")[2].partition(";")[0].split(", "))


def test_a_run_is_refused_and_leaves_nothing(home: Path) -> None:
    """It would otherwise start its own Encord and models, and write into its own store."""
    job = build_definitions(Settings.read()).resolve_job_def("write_report")
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        (failure,) = [event for event in result.all_events if event.is_run_failure]
        assert not result.success
        assert missing_in(_innermost(failure)) == NEEDED
        assert instance.get_latest_materialization_event(dg.AssetKey("report")) is None
    assert list(Path().iterdir()) == []
    assert not (home / "judge_pipeline_runs").exists()


def _innermost(failure: dg.DagsterEvent) -> str:
    error = failure.job_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message if error else ""


def test_a_tick_is_refused_and_leaves_nothing(home: Path) -> None:
    definitions = build_definitions(Settings.read())
    sensor = definitions.resolve_sensor_def("new_images")
    with (
        dg.DagsterInstance.get() as instance,
        dg.build_sensor_context(
            instance=instance, definitions=definitions, resources=dict(definitions.resources or {})
        ) as context,
        pytest.raises(Exception, match="pipeline") as refused,
    ):
        sensor.evaluate_tick(context)
    assert missing_in(str(refused.value.__cause__)) == NEEDED
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_is_refused_and_leaves_nothing(tmp_path: Path, command: list[str]) -> None:
    """The instance is not opened for that: its database need not answer."""
    home, work = tmp_path / "dagster", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    shutil.copy(SHIPPED / "dagster.yaml", home)
    result = judge_pipeline(*command, cwd=work, settings={"DAGSTER_HOME": str(home)})
    assert result.returncode == 2
    expected = {name for name in NEEDED if name not in MODELS} if command == ["review"] else NEEDED
    assert missing_in(result.stderr) == expected
    assert list(work.iterdir()) == []
    assert [each.name for each in home.iterdir()] == ["dagster.yaml"]


def test_the_doctor_names_what_is_missing_and_leaves_nothing(tmp_path: Path) -> None:
    home, work = tmp_path / "dagster", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    shutil.copy(SHIPPED / "dagster.yaml", home)
    result = judge_pipeline("doctor", "--json", cwd=work, settings={"DAGSTER_HOME": str(home)})
    assert result.returncode == 2
    assert missing_in(result.stdout) == NEEDED
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (ENCORD | MODELS, {"JUDGE_PIPELINE_DATABASE_URL on PostgreSQL"}),
        (
            ENCORD | MODELS | {"JUDGE_PIPELINE_DATABASE_URL": "sqlite:///own.db"},
            {"JUDGE_PIPELINE_DATABASE_URL on PostgreSQL"},
        ),
        (STORE | MODELS, {"ENCORD_SSH_KEY_FILE", "ENCORD_PROJECT_HASH"}),
        (STORE | ENCORD, set(MODELS)),
        (STORE | ENCORD | MODELS, set()),
    ],
    ids=["no store", "a file of its own", "no Encord", "no models", "all"],
)
@pytest.mark.parametrize("config", ["dagster.yaml", "launcher alone", "own storage"])
def test_what_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, given: dict[str, str], missing: set[str]
) -> None:

    text = {
        "dagster.yaml": (SHIPPED / "dagster.yaml").read_text(),
        "launcher alone": "run_launcher: {module: dagster_docker, class: DockerRunLauncher}",
        "own storage": "event_log_storage: {module: dagster_mysql, class: MySQLEventLogStorage, config: {}}",
    }[config]
    (tmp_path / "dagster.yaml").write_text(text)
    use_only_settings(monkeypatch, {**given, "DAGSTER_HOME": str(tmp_path)})
    if not missing:
        require_shared_settings(Settings.read())
        return
    with pytest.raises(SettingsError) as refused:
        require_shared_settings(Settings.read())
    assert missing_in(str(refused.value)) == missing


@pytest.mark.parametrize(
    "config",
    [
        "",
        "telemetry: {enabled: false}",
        "storage: {sqlite: {base_dir: x}}",
        "run_launcher: {module: dagster, class: DefaultRunLauncher}",
    ],
)
def test_an_instance_of_one_machine_needs_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str) -> None:

    (tmp_path / "dagster.yaml").write_text(config)
    use_only_settings(monkeypatch, {"DAGSTER_HOME": str(tmp_path)})
    require_shared_settings(Settings.read())


@pytest.mark.parametrize(
    ("config", "is_usable"),
    [
        ("storage: {postgres: {postgres_db: {hostname: db}}}", False),
        ("storage: {postgres: {postgres_db: {hostname: db, scheme: postgresql+psycopg2}}}", True),
        ("storage: {postgres: {postgres_url: {env: OWN_URL}}}", False),
        ("storage: {postgres: {postgres_url: 'postgresql+psycopg2://u:p@db/x'}}", True),
        ("event_log_storage: {module: m, class: C, config: {postgres_url: 'postgresql+psycopg://u:p@db/x'}}", False),
        ("event_log_storage: {module: m, class: C, config: {storage: {postgres_db: {scheme: postgresql}}}}", False),
    ],
)
def test_a_driver_that_cannot_write_events_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, is_usable: bool
) -> None:
    """SQLAlchemy before 2.1 means psycopg2 by plain postgresql://; the lock has 2.1."""

    monkeypatch.setenv("OWN_URL", "postgresql://u:canary-secret@db/x")
    (tmp_path / "dagster.yaml").write_text(config)
    if is_usable:
        require_working_driver(tmp_path)
        return
    with pytest.raises(SettingsError, match="cannot write events to PostgreSQL with the driver psycopg,") as refused:
        require_working_driver(tmp_path)
    assert "postgresql+psycopg2://" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_the_code_location_and_the_commands_check_the_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, work = tmp_path / "dagster", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    (home / "dagster.yaml").write_text("storage: {postgres: {postgres_db: {hostname: db}}}")
    settings = {**STORE, **ENCORD, **MODELS, "DAGSTER_HOME": str(home)}
    result = judge_pipeline("retry-failed", cwd=work, settings=settings)
    assert (result.returncode, "the driver psycopg," in result.stderr) == (2, True)
    use_only_settings(monkeypatch, settings)
    monkeypatch.chdir(work)

    with pytest.raises(SettingsError, match="the driver psycopg,"):
        load_definitions()
