"""Each project keeps one sync cursor for each asset."""

from judge_pipeline.store.store import Store


def test_a_cursor_stays_until_the_next_one_takes_its_place(url: str) -> None:
    store = Store.open(url)
    cursors, others = store.project("p").sync_cursors, store.project("q").sync_cursors
    assert cursors.get("final_choices") is None
    cursors.save("final_choices", "one")
    cursors.save("final_choices", "two")
    store.close()
    reopened = Store.open(url).project("p").sync_cursors
    assert reopened.get("final_choices") == "two"
    assert reopened.get("something else") is None
    assert others.get("final_choices") is None
