"""Several projects in one code location: each component has its own names, settings, partitions, runs and store."""

import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
import pytest
import yaml

from judge_pipeline.assets.partitions import known_tags
from judge_pipeline.automation.register_images import NAME as REGISTER
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline_tests.engine.trial import MODEL_KEY, QUIET, Trial
from judge_pipeline_tests.environments import use_only_settings
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL, paint
from judge_pipeline_tests.models.stub_server import failure
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project

ONE, TWO = PipelineNames("wildlife"), PipelineNames("street_scenes")
ASSETS = ("images", "captions_8b", "captions_16b", "linked_text_items", "judgements")


def component(prefix: str, settings: Mapping[str, object]) -> str:
    """A `defs.yaml`."""
    attributes = {"prefix": prefix, "settings": dict(settings)}
    return yaml.safe_dump({"type": "judge_pipeline.JudgePipelineComponent", "attributes": attributes})


def project_settings(seed: SeedProject, models_url: str, home: Path) -> dict[str, object]:
    models = {
        f"{name}__{field}": value
        for name, model in (("LLM1", SMALL), ("LLM2", LARGE), ("JUDGE", JUDGE))
        for field, value in (
            ("BASE_URL", f"{models_url}/v1"),
            ("MODEL", model),
            ("API_KEY", "{{ env.TEAM_MODELS_KEY }}"),
        )
    }
    encord = {
        "ENCORD_DOMAIN": seed.server.url,
        "ENCORD_SSH_KEY": "{{ env.TEAM_ENCORD_KEY }}",
        "ENCORD_PROJECT_HASH": seed.project_hash,
    }
    return {**encord, **models, "JUDGE_PIPELINE_HOME": str(home)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project's folder of components, as `dg scaffold` lays it out; modules loaded from it are forgotten."""
    defs = tmp_path / "team" / "defs"
    defs.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "team"\n'
    )
    for package in (defs.parent, defs):
        (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    use_only_settings(monkeypatch, {})
    yield defs
    for name in [name for name in sys.modules if name.partition(".")[0] == "team"]:
        del sys.modules[name]


def load(defs: Path, **components: str) -> dg.Definitions:
    """The code location of these components, each in its own folder."""
    for name, text in components.items():
        (defs / name).mkdir()
        (defs / name / "defs.yaml").write_text(text)
    return dg.load_from_defs_folder(path_within_project=defs)


def run(definitions: dg.Definitions, job: str, instance: dg.DagsterInstance, **options: object) -> bool:
    found = definitions.resolve_job_def(job)
    return found.execute_in_process(instance=instance, run_config=QUIET, raise_on_error=False, **options).success  # type: ignore[arg-type]


def refused(defs: Path, text: str) -> str:
    """Everything that Dagster's traceback shows when it loads this component."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 (Dagster wraps the error that counts)
        load(defs, one=text).resolve_asset_graph()
    return "".join(traceback.format_exception(caught.value))


def materialized(instance: dg.DagsterInstance, names: PipelineNames) -> dict[str, set[str]]:
    return {asset: set(instance.get_materialized_partitions(dg.AssetKey(names.asset(asset)))) for asset in ASSETS}


def test_two_projects_run_side_by_side_in_one_code_location(
    trial: Trial, models_server: tuple[object, str], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = create_seed_project(trial.seed.server)
    trial.add("red", "green")
    other.add_images([paint(tmp_path, "blue")])
    monkeypatch.setenv("TEAM_ENCORD_KEY", trial.seed.server.private_key_text)
    monkeypatch.setenv("TEAM_MODELS_KEY", MODEL_KEY)
    definitions = load(
        folder,
        first=component(ONE.prefix, project_settings(trial.seed, models_server[1], tmp_path / "one")),
        second=component(TWO.prefix, project_settings(other, models_server[1], tmp_path / "two")),
    )
    dg.Definitions.validate_loadable(definitions)
    instance = trial.instance
    unprefixed = materialized(instance, UNPREFIXED)  # by other tests on the same instance
    trial.models.reply_always(SMALL, "green", failure(400))
    for names in (ONE, TWO):
        assert run(definitions, names.of(REGISTER), instance)
    assert known_tags(instance, UNPREFIXED) == []
    assert trial.models.calls == [], "registering launches nothing"
    keys = {names: list(known_tags(instance, names)) for names in (ONE, TWO)}
    assert [len(found) for found in keys.values()] == [2, 1]
    for names, succeeds in ((ONE, False), (TWO, True)):
        first, last = keys[names][0], keys[names][-1]
        tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        assert run(definitions, names.of("materialize_missing"), instance, tags=tags) is succeeds
        assert run(definitions, names.of("write_report"), instance)
    assert materialized(instance, TWO) == {asset: set(keys[TWO]) for asset in ASSETS}
    assert {asset: len(tags) for asset, tags in materialized(instance, ONE).items()} == {
        "images": 2, "captions_8b": 1, "captions_16b": 2, "linked_text_items": 1, "judgements": 1
    }  # fmt: skip
    assert materialized(instance, UNPREFIXED) == unprefixed
    trial.models.clear_replies()
    calls = len(trial.models.calls)
    assert run(definitions, ONE.of("retry_failed"), instance)
    assert materialized(instance, ONE) == {asset: set(keys[ONE]) for asset in ASSETS}
    assert len(trial.models.calls) > calls
    assert run(definitions, TWO.of("retry_failed"), instance), "nothing of its own has failed"
    for home in ("one", "two"):
        assert (tmp_path / home / "report.html").exists()


def test_no_name_of_two_components_is_the_same(folder: Path) -> None:
    definitions = load(folder, one=component("a", {}), two=component("b", {"JUDGE_PIPELINE_BATCH_SIZE": 7}))
    graph = definitions.resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert {key.partition("/")[2] for key in keys if key.startswith("a/")} == {
        key.partition("/")[2] for key in keys if key.startswith("b/")
    }
    assert all(key[:2] in {"a/", "b/"} for key in keys)
    repository = definitions.get_repository_def()
    named = [*repository.sensor_defs, *repository.schedule_defs, *repository.get_all_jobs()]
    assert all(each.name[:2] in {"a_", "b_"} for each in named if each.name != "__ASSET_JOB")
    assert graph.get(dg.AssetKey(["b", "images"])).backfill_policy == dg.BackfillPolicy.multi_run(7)
    assert graph.get(dg.AssetKey(["a", "images"])).backfill_policy == dg.BackfillPolicy.multi_run(500)
    for prefix in "ab":
        partitions = graph.get(dg.AssetKey([prefix, "images"])).partitions_def
        assert isinstance(partitions, dg.DynamicPartitionsDefinition)
        assert partitions.name == f"{prefix}_tag"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"OPENAI_API_KEY": "sk-in-the-file"}, 'write OPENAI_API_KEY: "{{ env.OPENAI_API_KEY }}"'),
        ({"JUDGE__PANEL__ONE__API_KEY": "sk-in-the-file"}, "JUDGE__PANEL__ONE__API_KEY is a secret"),
        ({"JUDGE_PIPELINE_DATABASE_URL": "postgresql://u:sk-in-the-file@db/x"}, "is a secret and stands in the file"),
        ({"LLM1__API_KEY": "sk-in-the-file {{ env.HOME }}"}, "LLM1__API_KEY is a secret"),
        ({"LLM1": '{"api_key": "sk-in-the-file"}'}, "LLM1 is a group of settings"),
        ({"LLM1__MODLE": "x"}, "LLM1__MODEL"),
        ({"ENCORD_PROJET_HASH": "x"}, "ENCORD_PROJECT_HASH"),
        ({"JUDGE_PIPELINE_BATCH_SIZE": "many"}, "JUDGE_PIPELINE_BATCH_SIZE"),
        ({"JUDGE_PIPELINE_OWNER": "nobody"}, "JUDGE_PIPELINE_OWNER"),
        ({"AGENT_PROJECTS": ["a", "b"]}, "write lists with commas"),
    ],
)
def test_a_secret_or_mistake_in_the_file_is_refused_by_name(
    folder: Path, settings: Mapping[str, object], message: str
) -> None:
    shown = refused(folder, component("one", settings))
    assert message in shown
    assert "sk-in-the-file" not in shown


def test_a_component_reads_nothing_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_only_settings(monkeypatch, {"JUDGE_PIPELINE_BATCH_SIZE": "3", "JUDGE_PIPELINE_OWNER": "team:others"})
    graph = load(folder, one=component("one", {"JUDGE_PIPELINE_OWNER": "team:vision"})).resolve_asset_graph()
    images = graph.get(dg.AssetKey(["one", "images"]))
    assert images.backfill_policy == dg.BackfillPolicy.multi_run(500)
    assert list(images.owners) == ["team:vision"]


@pytest.mark.parametrize("prefix", ["", "a b", "1st", "a/b", "ü"])
def test_a_prefix_that_dagster_cannot_use_is_refused(folder: Path, prefix: str) -> None:
    assert "the prefix" in refused(folder, component(prefix, {}))
