"""The pages show projects, stages and items, and each item in the project's layout."""

from pathlib import Path

import pytest
import requests
from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.workflow import AgentStage, ReviewStage

from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.local.encord.editor.group import Group, create_group, judge, label_row, set_layout
from judge_pipeline_tests.local.encord.editor.web_page import WebPage, open_page
from judge_pipeline_tests.local.encord.labelling import answer
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import LocalEncord


@pytest.fixture
def group(seed: SeedProject, tmp_path: Path, photographs: list[Path]) -> Group:
    set_layout(seed)
    return create_group(seed, tmp_path, photographs[0], captions=("A caption\nof two lines.", "Ein Käse 🧀"))


def opened(group: Group, data_hash: str) -> WebPage:
    return open_page(group.seed.server.url, group.address(data_hash))


def tiles(page: WebPage) -> list[str]:
    return [tile.text for tile in page.all("article", "tile")]


def move_on(seed: SeedProject, data_hash: str) -> None:
    stage = seed.project().workflow.get_stage(name="LLM1", type_=AgentStage)
    next(iter(stage.get_tasks(data_hash=data_hash))).proceed("First caption")


def test_a_server_without_projects_says_so(own_server: LocalEncord) -> None:
    page = open_page(own_server.url, "/")
    assert page.response.status_code == 200
    assert "No projects yet" in page.text


def test_the_front_page_lists_projects_with_their_stages(
    own_server: LocalEncord, tmp_path: Path, photographs: list[Path]
) -> None:
    group = create_group(create_seed_project(own_server), tmp_path, photographs[0])
    move_on(group.seed, group.text_8b)
    page = open_page(group.seed.server.url, "/")
    assert [link.text for link in page.all("h2")] == ["LLM as a judge"]
    assert [stage.text for stage in page.all("a", "stage")] == [
        "2 LLM1 agent 1 image, 1 text",
        "1 LLM2 agent 0 images, 1 text",
        "0 LLM as Judge agent 0 images, 0 texts",
        "0 Human Review review 0 images, 0 texts",
        "0 Complete complete 0 images, 0 texts",
        "0 Archive archive 0 images, 0 texts",
    ]


def test_a_stage_leads_to_its_items_and_an_item_to_its_address(group: Group) -> None:
    move_on(group.seed, group.text_8b)
    url = group.seed.server.url
    (stage,) = [
        link
        for link in open_page(url, "/").all("a", "stage")
        if group.seed.project_hash in link.attributes["href"] and "LLM2" in link.text
    ]
    page = open_page(url, stage.attributes["href"])
    assert "1 item in LLM2" in [heading.text for heading in page.all("h2")]
    rows = page.all("tr")[1:]
    assert [row.text.split()[1] for row in rows] == ["tag-1-8b.txt"]
    links = [a.attributes["href"] for a in page.all("a") if a.attributes["href"].startswith("/label_editor/")]
    assert links == [group.address(group.text_8b)]


def test_items_are_found_by_part_of_their_title_ignoring_case(group: Group) -> None:
    page = open_page(group.seed.server.url, f"/projects/{group.seed.project_hash}?title=16B.TXT")
    assert "1 item with “16B.TXT” in the title" in [heading.text for heading in page.all("h2")]
    assert [a.text for a in page.all("a") if "label_editor" in a.attributes["href"]] == ["tag-1-16b.txt"]


def test_a_long_list_is_paged_and_each_item_is_on_one_page(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 1)
    item = seed.project().list_label_rows_v2()[0].backing_item_uuid
    dataset = seed.client().get_dataset(seed.dataset_hash, include_data_rows=False)
    dataset.link_items([item] * 52, DataLinkDuplicatesBehavior.DUPLICATE)  # type: ignore[list-item]
    hashes = [row.data_hash for row in seed.project().list_label_rows_v2()]
    page = open_page(seed.server.url, f"/projects/{seed.project_hash}?title=text-")
    shown = []
    while True:
        shown += [
            a.attributes["href"].rpartition("/")[2] for a in page.all("a") if "label_editor" in a.attributes["href"]
        ]
        following = [a.attributes["href"] for a in page.all("a") if a.attributes.get("rel") == "next"]
        if not following:
            break
        page = open_page(seed.server.url, f"/projects/{seed.project_hash}{following[0]}")
    assert len(shown) == 53
    assert shown == hashes
    assert "Page 2 of 2" in page.text


def test_a_page_number_beyond_the_last_shows_the_last_page(group: Group) -> None:
    page = open_page(group.seed.server.url, f"/projects/{group.seed.project_hash}?page=9")
    assert len([a for a in page.all("a") if "label_editor" in a.attributes["href"]]) == 3


def test_the_image_is_on_the_left_and_both_captions_on_the_right(group: Group) -> None:
    page = opened(group, group.image)
    assert [split.attributes["id"] for split in page.all("div", "split")] == ["split", "split-2"]
    assert [split.attributes["class"] for split in page.all("div", "split")] == ["split row", "split column"]
    image, text_8b, text_16b = tiles(page)
    assert image.startswith("Image ")
    assert text_8b == "Text_8B tag-1-8b.txt A caption of two lines."
    assert text_16b == "Text_16B tag-1-16b.txt Ein Käse 🧀"
    assert "A caption\nof two lines." in page.response.text


def test_the_proportions_of_the_layout_are_in_a_separate_style_sheet(group: Group) -> None:
    """The Content-Security-Policy forbids inline styles."""
    page = opened(group, group.image)
    sheets = [link.attributes["href"] for link in page.all("link") if link.attributes["rel"] == "stylesheet"]
    assert not page.all("style")
    assert not [element for element in page.elements if "style" in element.attributes]
    rules = requests.get(group.seed.server.url + sheets[1], timeout=10)
    assert rules.headers["content-type"].startswith("text/css")
    assert rules.text.splitlines() == [
        "#split { grid-template-columns: minmax(0, 50fr) minmax(0, 50fr); }",
        "#split-2 { grid-template-rows: minmax(0, 50fr) minmax(0, 50fr); }",
    ]


def test_the_image_is_loaded_through_a_signed_url_of_the_same_server(group: Group) -> None:
    source = opened(group, group.image).all("img")[0].attributes["src"]
    assert source.startswith("/storage-blobs/")
    image = requests.get(group.seed.server.url + source, timeout=10)
    assert (image.status_code, image.headers["content-type"]) == (200, "image/jpeg")
    assert requests.get(group.seed.server.url + source.partition("?")[0], timeout=10).status_code != 200


def test_every_classification_is_shown_answered_or_not(group: Group) -> None:
    judge(group.seed, group.image)
    page = opened(group, group.image)
    headings = [heading.text for heading in page.all("h3")]
    assert headings == ["Final Choice", "LLM 8B", "LLM 16B", "LLM Judge Choice"]
    first = page.card("LLM 8B")
    assert first.startswith(
        "LLM 8B Answer available Correctness Score Accurate Quality Score not answered "
        f"Improvement suggestion Name the colours. by a program, {group.seed.server.email}, "
    )
    assert first.endswith(", confidence 0.75")
    assert page.card("LLM 16B").startswith("LLM 16B Answer not available by a program")


def test_an_open_classification_names_who_should_answer(group: Group) -> None:
    workflow = group.seed.project().workflow
    for before, here, text in (
        (None, "LLM1", "waiting for the agent of LLM1"),
        ("LLM1", "LLM as Judge", "waiting for the agent of LLM as Judge"),
        ("LLM as Judge", "Human Review", "waiting for a person"),
    ):
        if before:
            task = next(iter(workflow.get_stage(name=before, type_=AgentStage).get_tasks(data_hash=group.image)))
            task.move(destination_stage_uuid=workflow.get_stage(name=here).uuid)
        page = opened(group, group.image)
        assert page.card("Final Choice") == f"Final Choice {text}"
        assert page.all("span", "pill")[0].text == here
    next(iter(workflow.get_stage(name="Human Review", type_=ReviewStage).get_tasks(data_hash=group.image))).approve()
    assert opened(group, group.image).card("Final Choice") == "Final Choice not answered"


def test_a_persons_answer_is_distinguished_from_a_programs(group: Group) -> None:
    judge(group.seed, group.image)
    person = SeedProject(
        group.seed.server.another_user("person@example.com"),
        group.seed.project_hash,
        group.seed.dataset_hash,
        group.seed.folder_uuid,
        group.seed.ontology_hash,
    )
    group.seed.project().add_users(["person@example.com"], user_role=0)  # type: ignore[arg-type]
    row = label_row(person, group.image)
    answer(row, "Final Choice", "LLM-16B")
    row.save()
    page = opened(group, group.image)
    assert page.card("Final Choice").startswith("Final Choice LLM-16B by hand, person@example.com")
    judged = page.card("LLM Judge Choice")
    assert judged.startswith(f"LLM Judge Choice LLM 8B by a program, {group.seed.server.email}")


def test_a_text_opened_directly_shows_the_same_screen_and_leads_to_the_labelled_image(group: Group) -> None:
    judge(group.seed, group.image)
    page = opened(group, group.text_8b)
    assert tiles(page)[1].startswith("Text_8B tag-1-8b.txt (opened)")
    assert page.text.count("A caption of two lines.") == 1
    assert "None on this item" in page.text
    assert group.address(group.image) in [a.attributes["href"] for a in page.all("a")]


def test_two_texts_for_one_tile_are_both_listed(group: Group, tmp_path: Path, photographs: list[Path]) -> None:
    """Duplicates left behind by a repeated run are obvious."""
    twin = create_group(group.seed, tmp_path, photographs[1], captions=("one", "two"))
    page = opened(group, twin.text_8b)
    assert tiles(page)[1].startswith("Text_8B tag-1-8b.txt (opened) one 1 other item for this tile: tag-1-8b.txt")
    assert group.address(group.text_8b) in [a.attributes["href"] for a in page.all("a")]


def test_a_missing_caption_leaves_its_tile_empty(seed: SeedProject, tmp_path: Path, photographs: list[Path]) -> None:
    set_layout(seed)
    group = create_group(seed, tmp_path, photographs[0])
    client = seed.client()
    client.get_dataset(seed.dataset_hash).delete_data([group.text_16b])
    assert tiles(opened(group, group.image))[2] == "Text_16B nothing here yet"


def test_without_a_layout_an_item_gets_the_whole_screen(
    seed: SeedProject, tmp_path: Path, photographs: list[Path]
) -> None:
    group = create_group(seed, tmp_path, photographs[0])
    page = opened(group, group.text_8b)
    assert tiles(page) == ["tag-1-8b.txt (opened) short"]
    assert "The project has no editor layout" in page.text


def test_an_item_that_matches_no_tile_gets_the_whole_screen(seed: SeedProject, tmp_path: Path) -> None:
    set_layout(seed)
    data_hash = add_texts(seed, tmp_path, 1)[0]
    seed.client().get_storage_item(
        seed.project().list_label_rows_v2(data_hashes=[data_hash])[0].backing_item_uuid  # type: ignore[arg-type]
    ).update(client_metadata={})
    page = open_page(seed.server.url, f"/label_editor/{seed.project_hash}/{data_hash}")
    assert tiles(page) == ["text-000.txt (opened) caption 0"]
    assert "No tile of the project's editor layout matches" in page.text


def test_missing_things_are_reported_on_a_page(seed: SeedProject) -> None:
    nothing = "00000000-0000-4000-8000-000000000000"
    for path, text in (
        (f"/projects/{nothing}", f"there is no project {nothing}"),
        (f"/label_editor/{nothing}/{nothing}", f"there is no project {nothing}"),
        (f"/label_editor/{seed.project_hash}/{nothing}", f"has no data unit {nothing}"),
        ("/label_editor/not-a-uuid/neither", "there is no page /label_editor/not-a-uuid/neither"),
        (f"/projects/{seed.project_hash}?page=0", f"there is no page /projects/{seed.project_hash}"),
    ):
        page = open_page(seed.server.url, path)
        assert page.response.status_code == 404
        assert [heading.text for heading in page.all("h1")] == ["Nothing to show"]
        assert text in page.text


def test_viewing_pages_changes_nothing_and_is_not_counted(group: Group) -> None:
    """The counters only cover the API requests of a pipeline."""
    group.seed.server.control("DELETE", "stats")
    page = opened(group, group.image)
    assert not page.all("button")
    assert requests.post(page.response.url, timeout=10).status_code == 405
    assert group.seed.server.control("GET", "stats").json()["total"] == 0


def test_an_item_with_any_value_as_its_metadata_has_a_page(group: Group) -> None:
    row = label_row(group.seed, group.image)
    item = group.seed.client().get_storage_item(row.backing_item_uuid)  # type: ignore[arg-type]
    for odd in (None, 0, True, 10**30, 1.5, ["a"], {"b": 1}, "x" * 3000, [[]]):
        item.update(client_metadata={"Tag": odd, "Data Type": odd})
        assert opened(group, group.image).response.status_code == 200, odd
        assert opened(group, group.text_8b).response.status_code == 200, odd
