from judge_pipeline_tests.engine.model_batches.batch_trial import BatchTrial
from judge_pipeline_tests.engine.model_batches.many_questions import ask_many, assert_all_ended

COUNT = 1_000


def test_every_question_ends_right_and_only_those_without_an_answer_are_asked_again(trial: BatchTrial) -> None:
    asked_again = ask_many(trial, COUNT)
    assert_all_ended(trial, COUNT)
    assert asked_again < COUNT * 0.45, "half of two batches, and 2 % of all lines"
