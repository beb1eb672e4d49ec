"""A file of questions is never in memory as a whole, neither written nor sent."""

import tracemalloc

from judge_pipeline_tests.engine.model_batches.batch_trial import BatchTrial, dot

PICTURE = dot(size=400_000)


def peak_bytes(trial: BatchTrial, count: int) -> int:
    """Of this process, with the server in it, while so many large questions are written, sent and collected."""
    tracemalloc.start()
    try:
        (part,) = trial.note([f"{count}-{number}" for number in range(count)], picture=PICTURE)
        assert part.bytes > count * 400_000
        trial.submit([part])
        trial.collect_all()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_more_questions_take_no_more_memory(trial: BatchTrial) -> None:
    trial.fault("text", text="A cat.", mode="batch", share=1)
    peak_bytes(trial, 2)
    few, many = peak_bytes(trial, 3), peak_bytes(trial, 23)
    assert many - few < 2_000_000, "20 questions of 400 kB are 8 MB"
