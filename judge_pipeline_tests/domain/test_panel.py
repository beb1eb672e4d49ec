"""Several judges' judgements of one image become one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement, merge
from judge_pipeline.domain.panel import PanelOpinion, panel_judgement
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.domain.ontologies import seed_ontology
from judge_pipeline_tests.domain.test_ruling import rubric, ruling

A_8B, A_16B = Captioner.LLM_8B, Captioner.LLM_16B
CHOICES = st.sampled_from([A_8B, A_16B, None])


def opinion(judge: str, choice: Captioner | None, *, improvement: str | None = None) -> PanelOpinion:
    """A judge that was asked in both orders; one that is undecided always takes the first, at level grades."""
    good, level = rubric("Accurate", "Good", improvement), rubric("Accurate", "Good")
    chosen = [A_8B, A_16B] if choice is None else [choice, choice]
    rulings = [
        ruling(first, good, level, "Caption A" if chooses is first else "Caption B")
        for first, chooses in zip((A_8B, A_16B), chosen, strict=True)
    ]
    own = merge(
        rulings,
        tag=Tag("t"),
        judge_ontology=seed_ontology(),
        caption_8b="A cat.",
        caption_16b="A dog.",
        model=f"model of {judge}",
        prompt_version="p",
        spent=Spent(100, 10, 0.5, 2.0),
    )
    assert own.choice is choice
    return PanelOpinion(judge, own.model, own)


def silent(judge: str) -> PanelOpinion:
    return PanelOpinion(judge, f"model of {judge}", None, "Refused: it declines")


def judged(*opinions: PanelOpinion) -> Judgement:
    return panel_judgement(opinions, seed_ontology())


def written_choice(judgement: Judgement) -> list[str]:
    return [answer.title for answer in judgement.answers if answer.title == "LLM Judge Choice"]


def test_two_of_three_decide() -> None:
    judgement = judged(opinion("one", A_16B), opinion("two", A_8B), opinion("three", A_8B))
    assert judgement.choice is A_8B
    assert written_choice(judgement) == ["LLM Judge Choice"]
    assert [(vote.judge, vote.choice) for vote in judgement.panel] == [("one", A_16B), ("two", A_8B), ("three", A_8B)]


def test_what_is_written_comes_whole_from_the_first_judge_that_is_with_the_majority() -> None:
    judgement = judged(
        opinion("one", A_16B, improvement="not this"),
        opinion("two", A_8B, improvement="this"),
        opinion("three", A_8B, improvement="nor this"),
    )
    assert judgement.improvement_8b == "this"
    assert judgement.rulings == judgement.panel[1].rulings


@pytest.mark.parametrize(
    "opinions",
    [
        [opinion("one", A_8B), opinion("two", A_16B)],
        [opinion("one", A_8B), opinion("two", None)],
        [opinion("one", A_8B), opinion("two", None), opinion("three", None)],
        [opinion("one", A_8B), silent("two"), silent("three")],
    ],
)
def test_without_more_than_half_of_the_judges_it_is_undecided_and_no_choice_is_written(
    opinions: list[PanelOpinion],
) -> None:
    judgement = judged(*opinions)
    assert judgement.choice is None
    assert written_choice(judgement) == []


def test_a_judge_that_gives_no_answer_abstains_and_says_why() -> None:
    judgement = judged(silent("one"), opinion("two", A_8B), opinion("three", A_8B))
    assert judgement.choice is A_8B
    assert (judgement.panel[0].abstained, judgement.panel[0].scores) == ("Refused: it declines", ())
    with pytest.raises(ValueError, match="at least one judge of the panel, found none"):
        judged(silent("one"))


def test_costs_are_those_of_all_judges_and_one_unknown_makes_the_sum_unknown() -> None:
    one, two = opinion("one", A_8B), opinion("two", A_8B)
    together = judged(one, two)
    assert (together.spent.prompt_tokens, together.spent.completion_tokens) == (200, 20)
    assert (together.spent.cost_usd, together.spent.seconds) == (1, 4)
    assert together.model == "model of one, model of two"
    assert two.judgement is not None
    assert (
        judged(one, replace(two, judgement=replace(two.judgement, spent=Spent(cost_usd=None)))).spent.cost_usd is None
    )


@given(st.lists(CHOICES, min_size=1, max_size=5), st.randoms())
def test_the_choice_does_not_depend_on_the_order_of_the_judges(choices: list[Captioner | None], random: object) -> None:
    opinions = [opinion(str(n), choice) for n, choice in enumerate(choices)]
    shuffled = list(opinions)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    judgement = judged(*opinions)
    assert judged(*shuffled).choice is judgement.choice
    most = max(choices.count(A_8B), choices.count(A_16B))
    assert (judgement.choice is not None) is (2 * most > len(choices))
    kept = TypeAdapter(Judgement)
    assert kept.validate_json(kept.dump_json(judgement)) == judgement
