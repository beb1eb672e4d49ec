"""Where a look at Encord has got to is kept for each project and each thing that is looked for."""

from judge_pipeline.store.store import Store


def test_a_cursor_stays_until_the_next_one_takes_its_place(url: str) -> None:
    store = Store.open(url)
    looks, others = store.project("p").sync_cursors, store.project("q").sync_cursors
    assert looks.last("final_choices") is None
    looks.keep("final_choices", "one")
    looks.keep("final_choices", "two")
    store.close()
    reopened = Store.open(url).project("p").sync_cursors
    assert reopened.last("final_choices") == "two"
    assert reopened.last("something else") is None
    assert others.last("final_choices") is None
