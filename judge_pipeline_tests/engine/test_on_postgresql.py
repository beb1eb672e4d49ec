"""A whole run with its store on PostgreSQL, whose indexes take keys of at most some 2,700 bytes."""

import random
import string
from collections.abc import Iterator
from dataclasses import replace

import pytest

from judge_pipeline.domain.item_metadata import LONGEST_TAG
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import Trial, message_of
from judge_pipeline_tests.store.conftest import postgresql  # noqa: F401
from judge_pipeline_tests.store.postgresql_server import PostgresqlServer


@pytest.fixture
def on_postgresql(trial: Trial, postgresql: PostgresqlServer) -> Iterator[Trial]:  # noqa: F811
    with postgresql.database() as name:
        trial.pipeline = replace(trial.pipeline, database_url=postgresql.url(name))
        yield trial


def random_tag(length: int) -> str:
    """Text that the database cannot compress."""
    return "".join(random.Random(length).choices(string.ascii_letters + string.digits, k=length))


def test_the_longest_tag_is_stored_and_a_longer_one_is_refused_by_name(on_postgresql: Trial) -> None:
    trial = on_postgresql
    trial.add("red", "green", "blue")
    for colour, length in (("red", 3_000), ("green", LONGEST_TAG)):
        trial.seed.client().get_storage_item(trial.items[colour]).update(client_metadata={"Tag": random_tag(length)})

    result = trial.materialize("red", "green", "blue")

    assert "'red.png'" in message_of(result)
    assert "1,000" in message_of(result)
    state = encord_state(trial.seed)
    assert {colour: state[colour] for colour in ("green", "blue")} == {
        colour: finished(colour)[colour] for colour in ("green", "blue")
    }
    with trial.pipeline.open_store() as store:
        assert len(store.tags_with("judgements")) == 2
