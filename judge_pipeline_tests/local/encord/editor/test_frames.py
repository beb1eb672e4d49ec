"""A video or a group of images on its page: one frame at a time, exactly the one that was asked for, with its labels."""

import io
from pathlib import Path
from uuid import UUID

import pytest
import requests
from PIL import Image

from judge_pipeline_tests import media_files
from judge_pipeline_tests.local.encord.editor.web_page import WebPage, open_page
from judge_pipeline_tests.local.encord.labelling import answer
from judge_pipeline_tests.seed_project import SeedProject

FRAMES = 24


def linked(seed: SeedProject, item: UUID) -> str:
    """The data hash of an item in the seed project's dataset."""
    return seed.client().get_dataset(seed.dataset_hash).link_items([item])[0].uid


def page_of(seed: SeedProject, data_hash: str, query: str = "") -> WebPage:
    return open_page(seed.server.url, f"/label_editor/{seed.project_hash}/{data_hash}{query}")


def shown_picture(seed: SeedProject, page: WebPage) -> Image.Image:
    (picture,) = page.all("img")
    response = requests.get(f"{seed.server.url}{picture.attributes['src']}", timeout=10)
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


@pytest.mark.parametrize(
    "name", ["a.mp4", "a.webm", "a.mkv", "a.avi", "a.ts", "varying.mp4", "turned.mp4", "group", "sequence"]
)
def test_any_frame_is_shown_exactly(seed: SeedProject, tmp_path: Path, name: str) -> None:
    """In the order of showing, at any rate, upright; the first and the last frame too."""
    folder = seed.client().get_storage_folder(seed.folder_uuid)
    size = (64, 48)
    if name in ("group", "sequence"):
        create = folder.create_image_group if name == "group" else folder.create_image_sequence
        item = create(media_files.pictures(tmp_path, count=FRAMES))
    else:
        codec = {"a.webm": "libvpx", "a.avi": "mpeg4", "a.ts": "mpeg2video"}.get(name, "libx264")
        times = [number * number * 3 for number in range(FRAMES)] if name == "varying.mp4" else None
        path = media_files.video(tmp_path / name, frames=FRAMES, codec=codec, times=times)
        if name == "turned.mp4":
            size = (48, 64)
            media_files.turn(path)
        item = folder.upload_video(path)
    data_hash = linked(seed, item)
    for number in (0, 1, 10, FRAMES - 1):
        picture = shown_picture(seed, page_of(seed, data_hash, f"?frame={number}"))
        assert (media_files.frame_number(picture), picture.size) == (number, size)


def test_the_page_leads_to_the_other_frames_and_shows_only_this_ones_labels(seed: SeedProject, tmp_path: Path) -> None:
    folder = seed.client().get_storage_folder(seed.folder_uuid)
    data_hash = linked(seed, folder.upload_video(media_files.video(tmp_path / "a.mp4", frames=FRAMES)))
    (row,) = seed.project().list_label_rows_v2(data_hashes=[data_hash])
    row.initialise_labels()
    answer(row, "Final Choice", "LLM-8B", frames=10)
    row.save()
    seed.server.control(
        "PUT",
        f"projects/{seed.project_hash}/editor-agents",
        json=[{"title": "Describe", "url": "http://127.0.0.1:9/"}],
    )
    page = page_of(seed, data_hash, "?frame=10")
    assert [link.attributes["href"] for link in page.all("a") if "rel" in link.attributes] == ["?frame=9", "?frame=11"]
    (field,) = page.all("input")
    assert {field.attributes[name] for name in ("min", "max", "value")} == {"0", "23", "10"}
    (agents,) = page.all("section", "agents")
    assert agents.attributes["data-frame"] == "10"
    assert "LLM-8B" in page.card("Final Choice")
    assert "video, 24 frames, 64" in page.text
    first = page_of(seed, data_hash)
    assert "LLM-8B" not in first.card("Final Choice")
    assert "1 answer on other frames" in first.text
    assert [link.attributes["href"] for link in first.all("a") if "rel" in link.attributes] == ["?frame=1"]
    assert [link.text for link in page_of(seed, data_hash, "?frame=23").all("a") if "rel" in link.attributes] == [
        "Previous"
    ]
    missing = page_of(seed, data_hash, "?frame=24")
    assert (missing.response.status_code, "its frames are 0 to 23" in missing.text) == (404, True)
    listed = open_page(seed.server.url, f"/projects/{seed.project_hash}")
    assert "0 images, 0 texts, 1 video" in listed.text


def test_sound_and_documents_are_opened_by_a_link(seed: SeedProject, tmp_path: Path) -> None:
    folder = seed.client().get_storage_folder(seed.folder_uuid)
    path = media_files.pdf(tmp_path / "a.pdf")
    page = page_of(seed, linked(seed, folder.upload_pdf(path)))
    (link,) = [link for link in page.all("a") if link.text == "Open the PDF"]
    assert requests.get(f"{seed.server.url}{link.attributes['href']}", timeout=10).content == path.read_bytes()
    group = linked(seed, folder.create_data_group([folder.upload_audio(media_files.audio(tmp_path / "a.wav"))]))
    assert "Open the audio file" in page_of(seed, group).text
