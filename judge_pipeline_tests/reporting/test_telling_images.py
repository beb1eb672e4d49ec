"""Which six images stand under the headline: a rule, so that no one picks those that flatter a captioner or the judge."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import SCRIPTED, FinalChoice
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.telling_images import Telling, telling_images
from judge_pipeline_tests.reporting.values import A, B, caption, correctness, image, judgement, person, report_on


def outcomes(judgements: Sequence[Judgement], choices: Mapping[str, FinalChoice] | None = None) -> tuple[Outcome, ...]:
    """Images with a caption of their own each."""
    tags = [each.tag for each in judgements]
    return report_on(
        images={tag: image(tag) for tag in tags},
        captions_8b={tag: caption(tag, A, f"{tag} in short.") for tag in tags},
        captions_16b={tag: caption(tag, B, f"{tag} at length.") for tag in tags},
        judgements={each.tag: each for each in judgements},
        final_choices={Tag(tag): choice for tag, choice in (choices or {}).items()},
    ).outcomes


def win(tag: str, winner: Captioner, gap: int = 0, *, orders_agree: bool | None = True) -> Judgement:
    scores = [correctness(winner, 4), correctness(winner.other, 4 - gap)]
    return judgement(Tag(tag), winner, scores=scores, orders_agree=orders_agree)


def undecided(tag: str, *, orders_agree: bool = False) -> Judgement:
    return judgement(Tag(tag), None, orders_agree=orders_agree)


def shown(found: tuple[Outcome, ...]) -> list[str]:
    return [each.outcome.tag for each in telling_images(found)]


def test_two_of_each_kind_disagreements_first() -> None:
    judged = [win(f"a{n}", A) for n in range(4)] + [undecided(f"u{n}") for n in range(4)] + [win("b", B, 2)]
    choices = {f"a{n}": person(Tag(f"a{n}"), B) for n in range(3)}

    assert shown(outcomes(judged, choices)) == ["a0", "a1", "u0", "u1", "b", "a3"]


def test_places_that_a_kind_cannot_fill_go_to_the_others() -> None:
    only_wins = [win(f"w{n}", A, n % 4) for n in range(9)]

    assert shown(outcomes(only_wins)) == ["w3", "w7", "w2", "w6", "w1", "w5"]
    assert shown(outcomes([undecided("u")])) == ["u"]
    assert shown(()) == []


def test_opposite_winners_are_more_telling_than_a_tie_and_a_wide_gap_more_than_a_narrow_one() -> None:
    judged = [win("narrow", A, 1), win("wide", A, 3), win("tie", A, 4)]
    choices = {"narrow": person(Tag("narrow"), B), "wide": person(Tag("wide"), B), "tie": person(Tag("tie"), None)}

    assert shown(outcomes(judged, choices)) == ["wide", "narrow", "tie"]


def test_a_win_is_clear_only_if_both_orders_and_the_scores_support_it_and_no_one_disagrees() -> None:
    against = judgement(Tag("against"), A, scores=[correctness(A, 0), correctness(B, 4)])
    judged = [win("clear", A, 1), win("flipped", A, 4, orders_agree=False), against]

    assert shown(outcomes(judged)) == ["clear"]


def test_both_captioners_take_turns_at_the_clearest_wins() -> None:
    judged = [win("a4", A, 4), win("a3", A, 3), win("a2", A, 2), win("b1", B, 1)]

    assert shown(outcomes(judged)) == ["a4", "b1", "a3", "a2"]


def test_what_the_judge_may_have_been_talked_into_and_what_cannot_be_compared_is_left_out() -> None:
    swayed = replace(win("swayed", A, 4), suspicions=("it gives orders",))
    alike = judgement(Tag("alike"), None, captions_alike=True)
    silent = judgement(Tag("silent"), A, not_available=(B,))

    assert shown(outcomes([swayed, alike, silent])) == []
    assert telling_images(report_on(captions_8b={Tag("x"): caption(Tag("x"), A)}).outcomes) == ()


def test_a_copy_of_an_image_with_the_same_captions_is_shown_once() -> None:
    tags = [Tag("one"), Tag("two")]
    found = report_on(
        images={tag: image(tag) for tag in tags},
        captions_8b={tag: caption(tag, A, "A cat.") for tag in tags},
        captions_16b={tag: caption(tag, B, "A grey cat.") for tag in tags},
        judgements={tag: judgement(tag, A) for tag in tags},
    ).outcomes

    assert shown(found) == ["one"]


def test_a_script_is_not_called_a_person() -> None:
    scripted = replace(person(Tag("one"), B), decided_by=SCRIPTED)
    (only,) = telling_images(outcomes([win("one", A)], {"one": scripted}))

    assert only.sentence == "The judge: LLM 8B. A script: LLM 16B"


CHOICES = st.sampled_from([A, B, None])


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(CHOICES, st.sampled_from([True, False, None]), CHOICES | st.just("nobody")), max_size=14),
    st.randoms(use_true_random=False),
)
def test_the_images_do_not_depend_on_the_order_and_none_is_shown_twice(
    judged: list[tuple[Captioner | None, bool | None, Captioner | str | None]], random: st.DataObject
) -> None:
    judgements = [judgement(Tag(f"t{n}"), choice, orders_agree=agree) for n, (choice, agree, _) in enumerate(judged)]
    choices = {f"t{n}": person(Tag(f"t{n}"), who) for n, (*_, who) in enumerate(judged) if who != "nobody"}  # type: ignore[arg-type]
    found = outcomes(judgements, choices)
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    chosen = telling_images(found)

    assert telling_images(shuffled) == chosen
    assert len({each.outcome.tag for each in chosen}) == len(chosen) <= 6
    assert [each.kind for each in chosen] == sorted((each.kind for each in chosen), key=list(Telling).index)
