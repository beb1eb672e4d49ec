"""`prune` lists and removes what is known about images that are not in the project, and touches nothing else."""

from pathlib import Path

import pytest

from judge_pipeline.assets.partitions import add_tags, known_tags
from judge_pipeline.cli.support.gone_images import find_gone_images, remove_gone_images
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.store import Store
from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.cli.instances import instance_in
from judge_pipeline_tests.engine.fixtures import trial, trial_instance
from judge_pipeline_tests.engine.trial import Trial, run_tags

__all__ = ["trial", "trial_instance"]

GONE = Tag("11111111-2222-4333-8444-555555555555")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_is_known_about_gone_images_is_listed_then_removed(user_project: UserProject, tmp_path: Path) -> None:
    seed, settings = user_project.seed, user_project.settings
    assert judge_pipeline("run", cwd=tmp_path, settings=settings).returncode == 0
    home = tmp_path / ".judge_pipeline" / "dagster_home"
    with instance_in(home) as instance:
        add_tags(instance, ["cat.jpg"])
    seed.unlink_images("blue.png")

    found = judge_pipeline("find", "RED", cwd=tmp_path, settings=settings)
    assert found.returncode == 0
    assert "red.png\n  partition  " in found.stdout
    unknown = judge_pipeline("find", "raccoon", cwd=tmp_path, settings=settings)
    assert unknown.returncode == 1
    assert "No image of the project has 'raccoon' in its name" in unknown.stdout

    listed = judge_pipeline("prune", "--dry-run", cwd=tmp_path, settings=settings)
    assert (listed.returncode, listed.stderr) == (0, "")
    lines = listed.stdout.splitlines()[1:]
    assert lines[0] == "2 images are not in the project:"
    assert any(line.startswith("blue.png  ") and line.endswith("partitions: 1, results: 5") for line in lines)
    assert "cat.jpg  partitions: 1" in lines
    assert len(lines) == 3

    written = seed.server.control("GET", "stats").json()["writes"]
    pruned = judge_pipeline("prune", cwd=tmp_path, settings=settings)
    assert (pruned.returncode, pruned.stderr) == (0, "")
    assert "Removed partitions: 2, results: 5. Answers of models are kept." in pruned.stdout
    assert seed.server.control("GET", "stats").json()["writes"] == written
    with instance_in(home) as instance:
        assert len(known_tags(instance)) == 1

    again = judge_pipeline("prune", cwd=tmp_path, settings=settings)
    assert "there is nothing to remove" in again.stdout
    rerun = judge_pipeline("run", cwd=tmp_path, settings=settings)
    assert rerun.returncode == 0
    assert "blue.png" not in rerun.stdout


def test_what_a_run_is_working_on_stays(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    add_tags(trial.instance, [GONE])
    run_tags(trial.pipeline, trial.instance, [GONE])
    with trial.pipeline.open_store() as store, capsys.disabled():
        gone = find_gone_images(trial.project.snapshot(), store, trial.instance)
        assert [each.tag for each in gone] == [GONE]
        held = store.leases.acquire([GONE], holder="a run", seconds=60)
        assert not remove_gone_images(gone, store, trial.instance, Terminal())
        assert list(known_tags(trial.instance)) == [GONE]
        store.leases.release(list(held.values()))
        assert remove_gone_images(gone, store, trial.instance, Terminal())
        assert store.failures() == []
    assert not known_tags(trial.instance)


def test_partitions_of_another_project_in_the_same_store_stay(trial: Trial) -> None:
    add_tags(trial.instance, [GONE])
    store = Store.open(trial.pipeline.database_url)
    theirs, ours = store.project("another project"), store.project(trial.seed.project_hash)
    lease = theirs.leases.acquire([GONE], holder="a run", seconds=60)[GONE]
    theirs.save_failure("images", lease, title="dog.jpg", kind="ImageUnreadable", message="no", run_id=None)
    assert find_gone_images(trial.project.snapshot(), ours, trial.instance) == []
    store.close()
