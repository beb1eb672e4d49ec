"""The code location: the names that people and scripts depend on, its resources, and how fast it loads."""

import importlib
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from judge_pipeline.composition.loading import build_definitions, describe_settings
from judge_pipeline.composition.pipeline import make_resources
from judge_pipeline.definitions import defs
from judge_pipeline.domain.alignment.alignment import Alignment
from judge_pipeline.domain.alignment.comparison import Comparison
from judge_pipeline.domain.alignment.proposal import UNALIGNED, Proposal
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_question import judge_prompt_version
from judge_pipeline.engine.alignments import accept, save_proposal
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.models.endpoint import Price
from judge_pipeline.settings.settings import Settings, SettingsError
from judge_pipeline_tests.environments import clean_environment, use_only_settings
from judge_pipeline_tests.forked import Forked, move_to

KEY = "canary-0123456789"
OWN_ENCORD = {
    "ENCORD_DOMAIN": "https://encord.example",
    "ENCORD_SSH_KEY": "not read before the first call to Encord",
    "ENCORD_PROJECT_HASH": "7f2d5c5e-0000-4000-8000-000000000000",
}
OWN_MODELS = {
    "LLM1__BASE_URL": "https://one.example/v1",
    "LLM1__MODEL": "small",
    "LLM2__BASE_URL": "https://two.example/v1",
    "LLM2__MODEL": "large",
    "LLM2__API_KEY": "its own",
    "JUDGE__BASE_URL": "https://judge.example/v1",
    "JUDGE__MODEL": "judge",
    "JUDGE__CONCURRENCY": "4",
    "JUDGE__REQUESTS_PER_MINUTE": "500",
    "JUDGE__TOKENS_PER_MINUTE": "30000",
    "JUDGE__INPUT_USD_PER_MILLION_TOKENS": "2",
    "JUDGE__OUTPUT_USD_PER_MILLION_TOKENS": "10",
    "JUDGE_PIPELINE_MAX_MODEL_CALLS": "1000",
    "JUDGE_PIPELINE_MAX_COST_USD": "2.5",
    "OPENAI_API_KEY": KEY,
}
PARTITIONED: Mapping[str, set[str]] = {
    "images": set(),
    "captions_8b": {"images"},
    "captions_16b": {"images"},
    "linked_text_items": {"captions_8b", "captions_16b"},
    "judgements": {"images", "linked_text_items", "ontology"},
}
HEAVY = {"alembic", "encord", "openai", "PIL", "numpy", "onnxruntime", "uvicorn", "fastapi", "rich", "typer"}

LOAD = """
import json, socket, subprocess, sys
import dagster  # runs system commands while it is imported
def refuse(*arguments, **options):
    raise SystemExit(f"loading opened something: {arguments}")
socket.socket.connect = socket.socket.bind = subprocess.Popen.__init__ = refuse
import judge_pipeline.definitions
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def load(folder: Path, settings: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Loads the code location in a new process that cannot connect, listen or start processes."""
    return subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=folder,
        env=clean_environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def load_forked(folder: Path, settings: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Loads it in a forked process, where its libraries are imported already: a second less."""
    stdout, stderr = folder.with_suffix(".stdout"), folder.with_suffix(".stderr")
    for file in (stdout, stderr):
        file.touch()
    code = Forked(load_again, folder, clean_environment(settings), stdout, stderr).wait(60)
    return subprocess.CompletedProcess([], code, stdout.read_text(), stderr.read_text())


def load_again(folder: Path, environment: Mapping[str, str], stdout: Path, stderr: Path) -> None:
    move_to(folder, environment, stdout=stdout, stderr=stderr)
    importlib.reload(importlib.import_module("judge_pipeline.definitions"))


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PipelineResources:
    """Made from settings with an Encord and models of the user's."""
    monkeypatch.chdir(tmp_path)
    use_only_settings(
        monkeypatch, OWN_ENCORD | OWN_MODELS | {"JUDGE_PIPELINE_DATABASE_URL": f"postgresql://u:{KEY}@db/judge"}
    )
    return make_resources(Settings.read(), log=lambda line: pytest.fail(f"something was started: {line}"))


@pytest.mark.slow
def test_loading_starts_nothing_imports_no_sdk_and_logs_one_line(tmp_path: Path) -> None:
    """Dagster loads the code location in every process; heavy packages are imported by the first run."""
    process = load(tmp_path, {})
    assert process.returncode == 0, process.stderr
    assert HEAVY & set(json.loads(process.stdout)) == set()
    assert list(tmp_path.iterdir()) == []
    (line,) = process.stderr.splitlines()
    assert line.startswith(
        f"Encord: embedded, in {tmp_path.resolve()}/.judge_pipeline/demo; models: LLM1 measured-brief"
    )
    assert line.count("a measured description") == 3


@pytest.mark.slow
def test_the_line_names_addresses_and_models_without_keys(tmp_path: Path) -> None:
    process = load_forked(tmp_path, OWN_ENCORD | OWN_MODELS)
    assert process.stderr == (
        "Encord: https://encord.example; models: LLM1 small at https://one.example/v1, "
        "LLM2 large at https://two.example/v1, JUDGE judge at https://judge.example/v1; "
        f"settings: {len(OWN_ENCORD | OWN_MODELS)} from the environment, no file {tmp_path / '.env'}\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_loading_reads_the_file_as_the_commands_do(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in (OWN_ENCORD | OWN_MODELS).items()))
    process = load_forked(tmp_path, {"LLM1__MODEL": "other"})
    assert process.stderr.startswith(
        "Encord: https://encord.example; models: LLM1 other at https://one.example/v1, LLM2 large"
    )


@pytest.mark.slow
def test_the_environment_wins_in_dagsters_own_commands_too(tmp_path: Path) -> None:
    """They put the file over the environment before they load the code location in a process of its own."""
    (tmp_path / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in (OWN_ENCORD | OWN_MODELS).items()))
    process = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-m", "judge_pipeline.definitions"],
        cwd=tmp_path,
        env=clean_environment({"LLM1__MODEL": "other", "ENCORD_SSH_KEY_FILE": "key"}),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "models: LLM1 other at https://one.example/v1, LLM2 large" in process.stdout + process.stderr
    assert "2 from the environment (not from the file: ENCORD_SSH_KEY, LLM1__MODEL)" in process.stdout + process.stderr


@pytest.mark.slow
def test_loading_with_a_misspelt_setting_names_the_likely_one(tmp_path: Path) -> None:
    process = load_forked(tmp_path, {"CAPTION_MAXWORDS": "5"})
    assert process.returncode == 1
    assert "no such setting: CAPTION_MAXWORDS in the environment (did you mean CAPTION_MAX_WORDS?)" in process.stderr


@pytest.mark.slow
def test_loading_with_an_invalid_setting_names_it(tmp_path: Path) -> None:
    process = load_forked(tmp_path, {"CAPTION_MAX_WORDS": "few"})
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1].startswith(
        "judge_pipeline.settings.settings.SettingsError: invalid setting CAPTION_MAX_WORDS: "
    )


def test_the_partitioned_assets_have_their_names_and_inputs() -> None:
    graph = defs.resolve_asset_graph()
    for name, needs in PARTITIONED.items():
        node = graph.get(dg.AssetKey(name))
        assert {key.to_user_string() for key in node.parent_keys} == needs
        assert isinstance(node.partitions_def, dg.DynamicPartitionsDefinition)
        assert node.partitions_def.name == "tag"


def test_every_asset_has_a_group_and_a_description() -> None:
    graph = defs.resolve_asset_graph()
    groups = {key.to_user_string(): graph.get(key).group_name for key in graph.get_all_asset_keys()}
    assert set(groups.values()) == {"judge_pipeline"}, "one box, drawn from left to right"
    assert all(graph.get(key).description for key in graph.get_all_asset_keys())


def test_the_report_is_not_partitioned() -> None:
    report = defs.resolve_asset_graph().get(dg.AssetKey("report"))
    assert report.partitions_def is None
    assert {key.to_user_string() for key in report.parent_keys} == {"judgements", "final_choices"}


def test_the_final_choices_are_not_partitioned() -> None:
    choices = defs.resolve_asset_graph().get(dg.AssetKey("final_choices"))
    assert choices.partitions_def is None
    assert {key.to_user_string() for key in choices.parent_keys} == {"judgements"}


def test_jobs_sensors_and_schedules_have_their_names() -> None:
    repository = defs.get_repository_def()
    assert {"materialize_missing", "retry_failed", "register_images", "write_report"} <= {
        job.name for job in repository.get_all_jobs()
    }
    assert {schedule.name for schedule in repository.schedule_defs} == {
        "materialize_missing",
        "retry_failed",
        "prune",
    }
    assert {"new_images", "final_choices"} <= {sensor.name for sensor in repository.sensor_defs}


def test_schedules_and_sensors_that_launch_paid_runs_are_off_by_default() -> None:
    repository = defs.get_repository_def()
    assert all(each.default_status is dg.DefaultScheduleStatus.STOPPED for each in repository.schedule_defs)
    on = {each.name for each in repository.sensor_defs if each.default_status is dg.DefaultSensorStatus.RUNNING}
    assert on.isdisjoint({"new_images", "final_choices"})


def test_dagster_can_load_the_definitions() -> None:
    dg.Definitions.validate_loadable(defs)


def test_the_batch_size_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    use_only_settings(monkeypatch, {"JUDGE_PIPELINE_BATCH_SIZE": "7"})
    node = build_definitions(Settings.read()).resolve_asset_graph().get(dg.AssetKey("images"))
    assert node.backfill_policy == dg.BackfillPolicy.multi_run(7)


def test_a_report_goes_stale_only_with_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project without new images has no newer report."""
    report = dg.AssetKey("report")
    assert defs.resolve_asset_graph().get(report).freshness_policy is None
    use_only_settings(monkeypatch, {"JUDGE_PIPELINE_REPORT_HOURS": "24"})
    policy = build_definitions(Settings.read()).resolve_asset_graph().get(report).freshness_policy
    assert policy == dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=24))


def test_with_an_encord_in_the_settings_nothing_embedded_starts(pipeline: PipelineResources, tmp_path: Path) -> None:
    assert pipeline.connection.domain == "https://encord.example"
    assert list(tmp_path.iterdir()) == []


def test_each_endpoint_has_its_own_key_or_the_shared_one(pipeline: PipelineResources) -> None:
    one, two = pipeline.captioners[Captioner.LLM_8B], pipeline.captioners[Captioner.LLM_16B]
    keys = [endpoint.api_key.get_secret_value() for endpoint in (one, two, pipeline.judge)]
    assert keys == [KEY, "its own", KEY]
    assert [endpoint.concurrency for endpoint in (one, two, pipeline.judge)] == [16, 16, 4]


def test_each_endpoint_has_its_own_limits_and_price(pipeline: PipelineResources) -> None:
    one, judge = pipeline.captioners[Captioner.LLM_8B], pipeline.judge
    assert (one.requests_per_minute, one.tokens_per_minute, one.price) == (None, None, None)
    assert (judge.requests_per_minute, judge.tokens_per_minute) == (500, 30_000)
    assert judge.price == Price(input_usd=2.0, output_usd=10.0)


def test_spending_limits_are_settings(pipeline: PipelineResources) -> None:
    assert (pipeline.max_model_calls, pipeline.max_cost_usd) == (1000, 2.5)


def test_panel_judges_come_after_the_first_and_differ_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    one = {f"JUDGE__PANEL__ONE__{field}": OWN_MODELS[f"JUDGE__{field}"] for field in ("BASE_URL", "MODEL")}
    use_only_settings(monkeypatch, OWN_ENCORD | OWN_MODELS | one | {"JUDGE__PANEL__ONE__MODEL": "another"})
    pipeline = make_resources(Settings.read(), log=print)
    assert [judge.name for judge in pipeline.judges] == ["JUDGE", "JUDGE__PANEL__ONE"]
    assert pipeline.endpoints[2:] == pipeline.judges
    use_only_settings(monkeypatch, OWN_ENCORD | OWN_MODELS | one)
    with pytest.raises(
        SettingsError, match="JUDGE__PANEL__ONE is the same model at the same address as JUDGE; a panel"
    ):
        make_resources(Settings.read(), log=print)


def test_the_code_version_of_judgements_is_what_a_run_would_judge_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code version is computed without endpoints, and must be the same text."""
    more = {
        "JUDGE__TEMPERATURE": "0.5",
        "JUDGE__ORDERS": "one",
        "JUDGE__PANEL__ONE__BASE_URL": "https://models.example/v1",
        "JUDGE__PANEL__ONE__MODEL": "another",
        "JUDGE__PANEL__ONE__EXTRA_BODY": '{"seed": 1}',
    }
    use_only_settings(monkeypatch, OWN_ENCORD | OWN_MODELS | more)
    settings = Settings.read()
    node = build_definitions(settings).resolve_asset_graph().get(dg.AssetKey("judgements"))
    assert node.code_version == make_resources(settings, log=print).judged_with
    assert node.code_version == (
        f'judge (temperature 0.5), another ({{"seed": 1}}); one order; prompt {judge_prompt_version()}'
    )


def test_an_accepted_alignment_is_part_of_the_code_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So Dagster shows the judgements before it as stale, and those of the judge before it once that one is accepted again."""
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    use_only_settings(monkeypatch, OWN_ENCORD | OWN_MODELS | {"JUDGE_PIPELINE_DATABASE_URL": url})
    settings = Settings.read()
    pipeline = make_resources(settings, log=print)

    def shown() -> tuple[str | None, object]:
        node = build_definitions(settings).resolve_asset_graph().get(dg.AssetKey("judgements"))
        return node.code_version, node.metadata.get("alignment")

    assert shown() == (pipeline.judged_with, None)
    assert not (tmp_path / "store.sqlite3").exists()
    alignment = Alignment(notes=("Mind colours.",))
    equal = Comparison(20, 1, 0, 0.5, 0.55, 0.05, -0.1, 0.2, None, None, True)
    with pipeline.open_store() as store:
        save_proposal(store, Proposal(alignment, equal, UNALIGNED, "", "", ""))
        assert shown() == (pipeline.judged_with, None)
        accept(store, alignment.version, at="")
        assert shown() == (pipeline.aligned(store).judged_with, alignment.version)
        assert f"; aligned {alignment.version}" in pipeline.aligned(store).judged_with
        assert store.tag_rows.counts() == {}  # nothing that `prune` would remove
        accept(store, UNALIGNED, at="")
    assert shown() == (pipeline.judged_with, None)


def test_every_asset_says_whose_it_is_and_what_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything has run; loading reads no key."""
    owners = {"JUDGE_PIPELINE_OWNER": "team:vision, ann@example.com", "ENCORD_DOMAIN": "https://api.us.encord.com"}
    use_only_settings(monkeypatch, OWN_ENCORD | OWN_MODELS | owners)
    graph = build_definitions(Settings.read()).resolve_asset_graph()
    project = f"https://app.us.encord.com/projects/view/{OWN_ENCORD['ENCORD_PROJECT_HASH']}"
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert list(node.owners) == ["team:vision", "ann@example.com"]
        assert node.metadata["Encord project"].value == project
    models = {"captions_8b": "small", "captions_16b": "large", "judgements": "judge"}
    for asset, model in models.items():
        metadata = graph.get(dg.AssetKey(asset)).metadata
        assert metadata["model"] == model
        assert metadata["prompt version"]
    assert graph.get(dg.AssetKey("judgements")).metadata["prompt version"] == judge_prompt_version()
    assert KEY not in repr([graph.get(key).metadata for key in graph.get_all_asset_keys()])


@pytest.mark.parametrize("owner", ["nobody", "team:", "team:a b", "a@b"])
def test_an_owner_that_dagster_would_refuse_is_named_by_its_setting(
    monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    use_only_settings(monkeypatch, {"JUDGE_PIPELINE_OWNER": owner})
    with pytest.raises(SettingsError, match="JUDGE_PIPELINE_OWNER"):
        Settings.read()


def test_the_resources_show_no_secret(pipeline: PipelineResources) -> None:
    printed = f"{pipeline} {pipeline!r}"
    assert KEY not in printed
    assert OWN_ENCORD["ENCORD_SSH_KEY"] not in printed


@pytest.mark.parametrize("unset", ["ENCORD_PROJECT_HASH", "LLM1__BASE_URL", "LLM2__MODEL", "JUDGE__MODEL"])
def test_missing_settings_are_named_before_anything_is_opened(monkeypatch: pytest.MonkeyPatch, unset: str) -> None:
    settings = OWN_ENCORD | OWN_MODELS
    use_only_settings(monkeypatch, {name: value for name, value in settings.items() if name != unset})
    with pytest.raises(SettingsError, match=f"^not set: {unset}; docs/settings.md describes each one"):
        make_resources(Settings.read(), log=print)


def test_the_description_names_what_is_missing_too(monkeypatch: pytest.MonkeyPatch) -> None:
    use_only_settings(monkeypatch, {"ENCORD_SSH_KEY_FILE": "key"})
    assert describe_settings(Settings.read()) == (
        "Encord: https://api.encord.com; models: LLM1 without a model at no address, "
        "LLM2 without a model at no address, JUDGE without a model at no address"
    )
