"""A page of very many images lists those that need attention and a sample of the others, and stays small enough for a browser."""

import base64
import json
from datetime import UTC, datetime
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image

from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.page import render_page
from judge_pipeline.reporting.report import Report
from judge_pipeline.reporting.table_rows import GROUPS, group_of, listed_outcomes, table_rows
from judge_pipeline.reporting.thumbnails import MAX_CHARACTERS, shrink_to_fit
from judge_pipeline_tests.reporting.values import decided, failed, report_of

SMALL = 30


def mixed() -> Report:
    """Thirty decided images and two that failed."""
    return Report((*decided(wins_8b=SMALL // 2, wins_16b=SMALL // 2).outcomes, *failures().outcomes))


def failures() -> Report:
    return report_of(failures=[failed("images", Tag(tag), "ImageUnreadable", "damaged") for tag in ("z1", "z2")])


def test_as_many_as_fit_are_listed_and_what_needs_attention_first() -> None:
    outcomes = mixed().outcomes
    listed = listed_outcomes(outcomes, most=10)
    assert len(listed) == 10
    assert {each.tag for each in listed} > {"z1", "z2"}
    assert [GROUPS.index(group_of(each)) for each in listed] == sorted(GROUPS.index(group_of(each)) for each in listed)
    assert listed == listed_outcomes(tuple(reversed(outcomes)), most=10)  # the same sample however they come
    assert [each.tag for each in listed[2:]] != [each.tag for each in listed_outcomes(outcomes)[2:10]]
    assert len(listed_outcomes(outcomes)) == len(outcomes)


def test_long_captions_make_fewer_rows() -> None:
    outcomes = mixed().outcomes
    size = len(str(table_rows(outcomes, {}, {})))
    assert 0 < len(table_rows(outcomes, {}, {}, most_bytes=size // 2)) < len(outcomes)
    assert table_rows(outcomes, {}, {}, most_bytes=0) == []


def test_pictures_that_do_not_fit_even_when_small_are_left_out() -> None:
    noise = Image.frombytes("RGB", (16, 12), Random(0).randbytes(16 * 12 * 3)).resize((1500, 1100))
    file = BytesIO()
    noise.save(file, "PNG")
    picture = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    assert shrink_to_fit([("a", picture)]) == {"a": picture}
    many = {f"k{n}": picture for n in range(MAX_CHARACTERS // len(picture) + 1)}
    shrunk = shrink_to_fit(many.items())
    assert 0 < sum(map(len, shrunk.values())) <= MAX_CHARACTERS
    assert list(shrunk) == list(many)[: len(shrunk)]


def test_the_json_of_many_images_is_written_image_by_image() -> None:
    report = mixed()
    pieces = list(report.json_text())
    expected = {**report.numbers, "outcomes": list(report.states_of_images)}
    assert json.loads("".join(pieces)) == json.loads(json.dumps(expected))
    assert len(pieces) > len(report.outcomes)


def test_the_page_says_how_many_it_lists() -> None:
    common: Any = {"project_title": "Streets", "generated_at": datetime.now(UTC), "thumbnails": {}}
    assert "images are listed" not in "".join(render_page(mixed(), **common))
    sampled = "".join(render_page(mixed(), **common, most_rows=10))
    assert "10 of 32 images are listed" in sampled
    assert sampled.count('"tag":"') == 10
