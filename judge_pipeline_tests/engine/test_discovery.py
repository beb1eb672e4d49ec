"""Discovery reads what stands in an agent stage, what is new, and the other images in turn, never the whole project."""

from judge_pipeline.assets.partitions import add_tags, known_tags
from judge_pipeline.domain.row_findings import row_findings
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.engine.discovery import Discovery, discover
from judge_pipeline.engine.own_rows import index_listed_rows
from judge_pipeline_tests.engine.people import send, text_title
from judge_pipeline_tests.engine.test_own_rows import listings_of_the_project
from judge_pipeline_tests.engine.test_task_place import annotation, with_stages
from judge_pipeline_tests.engine.trial import Trial

COLOURS = ("red", "green", "blue")


def discovered(trial: Trial, *, is_bounded: bool = True, in_turn: int = 1) -> Discovery:
    with trial.pipeline.open_store() as store:
        return discover(
            trial.pipeline.open_project(), store, known_tags(trial.instance), is_bounded=is_bounded, in_turn=in_turn
        )


def colours(found: Discovery) -> set[str]:
    return {row.title.partition(".")[0] for row in found.snapshot.images.values()}


def test_each_tick_reads_the_next_images_in_turn_and_what_came_back(trial: Trial) -> None:
    trial.add_finished(*COLOURS)
    with trial.pipeline.open_store() as store:
        index_listed_rows(trial.project, store)
    seen: list[set[str]] = []
    assert listings_of_the_project(trial, lambda: seen.extend(colours(discovered(trial)) for _ in range(4))) == 0
    assert [len(each) for each in seen] == [1] * 4
    assert set().union(*seen[:3]) == set(COLOURS)
    assert seen[3] == seen[0]

    send(trial, "red", "LLM as Judge")
    send(trial, text_title(trial, "green", "Text_8B"), "LLM1")
    trial.add("black")
    found = discovered(trial)
    assert colours(found) >= {"red", "green", "black"}
    assert len(found.images) == 4
    assert len(found.snapshot.texts) >= 4


def test_a_text_that_was_deleted_is_noticed_in_its_turn(trial: Trial) -> None:
    trial.add_finished("red", "green")
    discovered(trial)
    trial.seed.unlink_images(text_title(trial, "red", "Text_8B"))
    changed = []
    for _ in range(2):
        snapshot = discovered(trial).snapshot
        with trial.pipeline.open_store() as store:
            linked = store.results("linked_text_items", LinkedTextItems, list(snapshot.images))
        changed += row_findings(snapshot, linked).changed
    (sentence,) = changed
    assert "the Text_8B of 'red.png' is gone or has another Tag" in sentence


def test_only_the_command_counts_who_waits_and_a_tick_takes_what_is_new_in_turn(trial: Trial) -> None:
    with_stages(trial, annotation("Release", to="LLM1"), start="Release")
    trial.add(*COLOURS)
    with trial.pipeline.open_store() as store:
        index_listed_rows(trial.project, store)
    add_tags(trial.instance, [trial.tags["red"]])
    assert colours(discovered(trial, is_bounded=False)) == set(COLOURS)
    assert len(colours(discovered(trial))) < 3
