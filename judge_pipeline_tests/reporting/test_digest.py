"""The digest: a few lines on how many runs ended, and the same as JSON."""

import json

from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.reporting.digest import Digest, RunResult, slack_message

GOOD = RunResult(is_counted=True, done=250, model_calls=1000, cost_usd=1.5)
BAD = RunResult(
    is_counted=True,
    done=248,
    failed=2,
    model_calls=994,
    cost_usd=1.25,
    errors=("images of 'a.jpg': the file ends early", "captions_8b of 'b.jpg': small refuses"),
)
STOPPED = RunResult(is_counted=True, done=3, skipped=247, cost_usd=None, stopped="the credit is used up")
KILLED = RunResult(is_counted=False)

counts = st.integers(0, 500)
runs = st.builds(
    RunResult,
    is_counted=st.booleans(),
    done=counts,
    failed=counts,
    skipped=counts,
    left=counts,
    model_calls=counts,
    cost_usd=st.none() | st.floats(0, 10),
    stopped=st.none() | st.text(min_size=1),
    errors=st.lists(st.text(), max_size=9).map(tuple),
)


def test_a_good_end_is_one_line() -> None:
    digest = Digest("Backfill abcdefgh", (GOOD, GOOD))
    assert digest.is_good
    assert digest.to_text() == "Backfill abcdefgh: 500 done in 2 runs. 2,000 model calls, $3.00."


def test_failures_are_counted_over_all_runs_and_the_first_are_named_with_the_link() -> None:
    many = tuple(BAD for _ in range(40))
    digest = Digest("Backfill abcdefgh", many, "http://dagster/runs/b/abcdefgh")
    assert digest.to_text() == (
        "Backfill abcdefgh: 9,920 done, 80 failed in 40 runs. 39,760 model calls, $50.00.\n"
        "- images of 'a.jpg': the file ends early\n"
        "- captions_8b of 'b.jpg': small refuses\n"
        "- images of 'a.jpg': the file ends early\n"
        "- captions_8b of 'b.jpg': small refuses\n"
        "- images of 'a.jpg': the file ends early\n"
        "- and 75 more\n"
        "http://dagster/runs/b/abcdefgh"
    )


def test_a_stop_is_reported_once_with_its_reason_and_an_unknown_price_is_not_zero() -> None:
    assert Digest("Run 1a2b3c4d", (STOPPED, STOPPED)).to_text() == (
        "Run 1a2b3c4d: 6 done, 494 skipped in 2 runs. 0 model calls, cost unknown.\nStopped: the credit is used up"
    )


def test_a_killed_run_is_reported_without_counts() -> None:
    digest = Digest("Run 1a2b3c4d", (KILLED,))
    assert not digest.is_good
    assert "1 of 1 runs ended before their tags could be counted." in digest.to_text()


def test_tags_that_wait_for_a_model_batch_are_counted_and_what_batches_saved_is_said() -> None:
    saved = "Model batches have saved $0.75 so far"
    noted = RunResult(is_counted=True, done=1, pending=2, model_calls=4, cost_usd=0.0, saved=saved)
    digest = Digest("Run 1a2b3c4d", (noted,))
    assert digest.is_good
    assert digest.to_text() == (
        "Run 1a2b3c4d: 1 done, 2 waiting for a model batch. 4 model calls, $0.00.\nModel batches have saved $0.75 so far."
    )
    assert (digest.to_json()["saved"], digest.to_json()["tags"]["pending"]) == (saved, 2)


def test_nothing_done_is_not_a_failure() -> None:
    digest = Digest("judge-pipeline run", ())
    assert digest.is_good
    assert digest.to_text() == "judge-pipeline run: no tags done. 0 model calls, $0.00."


def test_a_long_error_is_cut_short() -> None:
    (error,) = Digest("Run", (RunResult(is_counted=True, failed=1, errors=("x" * 1000,)),)).errors
    assert len(error) == 301


@given(st.lists(runs, max_size=5).map(tuple), st.none() | st.just("http://dagster/runs/1"))
def test_the_json_says_what_the_text_says(ends: tuple[RunResult, ...], url: str | None) -> None:
    digest = Digest("Run 1a2b3c4d", ends, url)
    body = json.loads(json.dumps(digest.to_json()))
    assert body["text"] == digest.to_text()
    assert body["ok"] is digest.is_good
    assert body["tags"] == {name: sum(getattr(run, name) for run in ends) for name in body["tags"]}
    assert (body["cost_usd"] is None) is any(run.cost_usd is None for run in ends)
    assert len(body["errors"]) <= 5


@given(st.text())
def test_slack_sees_no_markup_from_a_server(error: str) -> None:
    """`<!channel>` would wake everyone up."""
    text = slack_message(Digest("Run", (RunResult(is_counted=True, failed=1, errors=(error,)),)))["text"]
    assert "<" not in text
    assert ">" not in text


def test_slack_gets_the_whole_text() -> None:
    assert slack_message(Digest("Run", (GOOD,))) == {"text": "✅ Run: 250 done. 1,000 model calls, $1.50."}
