"""Values saved by an earlier version are read as if this one had saved them."""

import pytest

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import Database
from judge_pipeline.store.errors import UnfitValue
from judge_pipeline.store.store import ProjectStore, Store
from judge_pipeline.store.tables import results
from judge_pipeline_tests.store.conftest import lease_on

TAG = Tag("ed63ec04-a113-5c26-b606-502309b4c9bb")

CAPTION = """{"tag":"ed63ec04-a113-5c26-b606-502309b4c9bb","captioner":"LLM 8B",\
"text":"A sepia-toned picture of \\"spent\\": mountain scenery.","model":"measured-brief",\
"prompt_version":"a5d5edece385","prompt_tokens":273,"completion_tokens":11,"cost_usd":0.0,\
"seconds":0.6664516300000116,"cached_tokens":0,"image_tokens":null}"""
"""As a demo at commit 35015cc saved it; the text alone was changed, to hold what looks like a key."""

FIRST_CAPTION = """{"tag":"ed63ec04-a113-5c26-b606-502309b4c9bb","captioner":"LLM 8B","text":"A cat.",\
"model":"m","prompt_version":"v","prompt_tokens":273,"completion_tokens":null,"cost_usd":null,"seconds":0.5}"""
"""From before cached and image tokens were counted."""

JUDGEMENT = """{"tag":"ed63ec04-a113-5c26-b606-502309b4c9bb","rulings":[],"answers":[],"choice":"LLM 16B",\
"orders_agree":true,"captions_alike":false,"not_available":[],\
"scores":[{"captioner":"LLM 8B","criterion":"Quality Score","label":"Poor","position":1,"count":5}],\
"improvement_8b":"Add that the detail lies around the centre.","improvement_16b":null,"model":"measured-judge",\
"prompt_version":"ecdf3c5fcd41","ontology_version":"a625342a5fe9","prompt_tokens":3324,"completion_tokens":190,\
"cost_usd":0.0,"seconds":1.560759595999997,"panel":[],"suspicions":[],\
"judged_with":"measured-judge; both orders; prompt ecdf3c5fcd41","cached_tokens":0,"image_tokens":null}"""
"""From the same demo, its rulings and answers left out."""


@pytest.fixture
def older(url: str) -> ProjectStore:
    """A project whose results are written straight into the table."""
    Store.open(url).close()
    return Store.open(url).project("p")


def insert(url: str, asset: str, value: str) -> None:
    row = {"project": "p", "asset": asset, "tag": TAG, "value": value, "recorded_at": "2026"}
    with (database := Database.open(url)).writing() as connection:
        connection.execute(results.insert(), row)
    database.close()


def test_a_caption_with_its_costs_as_flat_fields_is_read(url: str, older: ProjectStore) -> None:
    insert(url, "captions_8b", CAPTION)

    (caption,) = older.results("captions_8b", Caption).values()

    assert caption == Caption(
        TAG,
        Captioner.LLM_8B,
        'A sepia-toned picture of "spent": mountain scenery.',
        "measured-brief",
        "a5d5edece385",
        Spent(273, 11, 0.0, 0.6664516300000116, 0, None),
    )


def test_kinds_of_tokens_that_were_not_counted_yet_are_unknown(url: str, older: ProjectStore) -> None:
    insert(url, "captions_8b", FIRST_CAPTION)

    assert older.results("captions_8b", Caption)[TAG].spent == Spent(273, None, None, 0.5, None, None)


def test_a_judgement_with_its_costs_as_flat_fields_is_read_and_saved_in_the_new_form(
    url: str, older: ProjectStore
) -> None:
    insert(url, "judgements", JUDGEMENT)

    judgement = older.results("judgements", Judgement)[TAG]
    assert judgement.spent == Spent(3324, 190, 0.0, 1.560759595999997, 0, None)
    assert judgement.judged_with == "measured-judge; both orders; prompt ecdf3c5fcd41"
    assert stored(url) == JUDGEMENT, "reading changes nothing in the store"

    older.save_result("judgements", lease_on(older, TAG), judgement)
    assert '"spent":{"prompt_tokens":3324,' in stored(url)
    assert older.results("judgements", Judgement) == {TAG: judgement}


def test_an_older_value_that_does_not_fit_says_what_is_missing(url: str, older: ProjectStore) -> None:
    insert(url, "captions_8b", '{"tag":"t","seconds":null}')

    with pytest.raises(UnfitValue, match=r"not a Caption .*captioner: Field required.*spent.seconds"):
        older.results("captions_8b", Caption)


def stored(url: str) -> str:
    with (database := Database.open(url)).reading() as connection:
        text: str = connection.execute(results.select()).one().value
    database.close()
    return text
