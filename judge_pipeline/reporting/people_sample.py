"""How people's choices came about, and which images they speak for, in words."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from judge_pipeline.domain.drawing import Drawing
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.review_sample import Basis
from judge_pipeline.domain.statistics import MIN_CHOICES, Share, Verdict, raw_agreement
from judge_pipeline.reporting.metric import Metric, Table
from judge_pipeline.reporting.opinions import Opinions, person_verdict

NO_CHOICES = "no person has decided an image yet"

NOT_DRAWN = "people's choices are of images that were not drawn, so they speak for no other image"

ASSUME = "JUDGE_PIPELINE_ASSUME_RANDOM_CHOICES"

IN_THE_EDITOR = "in Encord's editor"

TITLES = {
    Drawing.RANDOM: "drawn at random",
    Drawing.STRATIFIED: "drawn by strata",
    Drawing.DISAGREEMENTS: "picked from the disagreements",
    Drawing.BY_HAND: "picked by hand",
}


def how_chosen(choice: FinalChoice) -> str:
    """How a choice came about, such as "drawn at random, blind"."""
    if choice.is_scripted:
        return "by a script, not a person"
    if not choice.blind:
        return IN_THE_EDITOR if choice.drawn in (None, Drawing.BY_HAND) else TITLES[choice.drawn]
    return f"{TITLES[choice.drawn] if choice.drawn else 'by an earlier version'}, blind"


def population_words(opinions: Opinions) -> str:
    """The images that the sample speaks for, such as "all 500 images" or "450 of 500 images"."""
    population, comparable = len(opinions.population.outcomes), len(_comparable(opinions.outcomes))
    if population == comparable:
        return f"all {population:,} images"
    return f"{population:,} of {comparable:,} images"


def about_population(metric: Metric, opinions: Opinions) -> Metric:
    """A metric of the images that people's choices speak for; if they speak for none, that is why it is undefined."""
    if metric.value is not None or opinions.sampled.outcomes or not _answered(opinions.outcomes):
        return replace(metric, population=len(opinions.population.outcomes) or None)
    return replace(metric, undefined=NOT_DRAWN)


def sampled_agreement(sample: Opinions) -> Share:
    """How often the judge says what people say, in all images like those in the sample."""
    return raw_agreement(
        sample.judge_labels, sample.people_labels, probabilities=sample.probabilities, clusters=sample.clusters
    )


def choices_table(opinions: Opinions) -> Table:
    """The kinds of choices, and how often the present judge agrees on each; a count, not an estimate."""
    kinds: dict[str, list[Outcome]] = {}
    for outcome, choice in _answered(opinions.outcomes):
        kinds.setdefault(how_chosen(choice), []).append(outcome)
    rows = []
    for kind, outcomes in sorted(kinds.items(), key=lambda each: (-len(each[1]), each[0])):
        chosen = replace(opinions, outcomes=outcomes, version=opinions.current_version)
        compared = chosen.of_current_judge
        agreement = raw_agreement(compared.judge_labels, compared.people_labels)
        alike = f"{agreement.count} of {agreement.total}"
        rows.append((kind, len(outcomes), len(chosen.sampled.outcomes), alike))
    columns = ("", "choices", "in the sample", "the judge says the same")
    return Table("choices", "How people's choices came about", columns, tuple(rows))


def sample_notes(opinions: Opinions) -> tuple[str, ...]:
    """Which images the numbers about people hold for and why, and what cannot be said."""
    if not _answered(opinions.outcomes):
        return (
            (
                "No person has decided an image yet, so it is unknown how far the judge can be trusted. `judge-pipeline review` "
                "collects blind choices in random order: 100 of them measure the agreement to about ±8 points, 400 to ±4."
            ),
        )
    if all(choice.is_scripted for _, choice in _answered(opinions.outcomes)):
        return opinions.scripted_note
    notes = (_drawn_note(opinions), *_outside_note(opinions), *_blind_note(opinions), *_version_note(opinions))
    return (*opinions.scripted_note, *notes, *small_sample_note(opinions.of_current_judge.sampled_blind, opinions))


def small_sample_note(sample: Opinions, opinions: Opinions) -> tuple[str, ...]:
    """The caution about few choices; empty if there are enough, or the sample is the whole population."""
    count = len(sample.outcomes)
    if not 0 < count < MIN_CHOICES or count == len(opinions.population.outcomes):
        return ()
    choices = "Only 1 choice counts" if count == 1 else f"Only {count} choices count"
    return (f"{choices}. Below {MIN_CHOICES}, a 95% interval is known to miss the truth more often than it should.",)


def _drawn_note(opinions: Opinions) -> str:
    """What the sample is and what it speaks for."""
    by_basis = Counter(outcome.basis for outcome in opinions.sampled.outcomes)
    drawn, assumed = by_basis[Basis.DRAWN], by_basis[Basis.ASSUMED]
    images = population_words(opinions)
    if not by_basis:
        return (
            f"People's choices hold for their own images only, so nothing can be said about all images: {_kinds(opinions.outcomes)}. "
            "`judge-pipeline review` draws images with known probabilities, in its usual order."
        )
    if by_basis[Basis.CENSUS]:
        return f"The numbers hold for {images}: every one is decided, so the win rate according to people is exact."
    if not assumed:
        is_complete = drawn == len(opinions.population.outcomes)
        exact = " Every one of these images is decided, so people's win rate is exact for them." if is_complete else ""
        kinds = _kinds(opinions.sampled.outcomes)
        return f"The numbers hold for {images}. They rest on choices with known probabilities: {kinds}.{exact}"
    of_drawing = f" The other {drawn:,} choices were drawn with known probabilities." if drawn else ""
    return (
        f"It is assumed, not known, that the numbers hold for {images}: {_choices(assumed)} not drawn but taken for a random "
        f"sample because {ASSUME} says so.{of_drawing}"
    )


def _outside_note(opinions: Opinions) -> tuple[str, ...]:
    """The choices that do not count, and the images that are not spoken for."""
    if not opinions.sampled.outcomes:
        return ()
    apart = [outcome for outcome in _comparable(opinions.outcomes) if outcome.probability is None]
    decided = [each for each in _answered(apart) if each[1].is_by_person]
    missing = sum(not outcome.in_population for outcome in apart) - sum(
        not outcome.in_population for outcome, _ in decided
    )
    found = []
    if decided:
        kinds = _kinds(outcome for outcome, _ in decided)
        found.append(f"Other choices are shown apart and hold for their own images only: {kinds}.")
    if missing:
        images = "1 image has" if missing == 1 else f"{missing:,} images have"
        found.append(f"{images} not been up for drawing yet and cannot be spoken for.")
    return tuple(found)


def _blind_note(opinions: Opinions) -> tuple[str, ...]:
    blind = len(opinions.sampled_blind.outcomes)
    seeing = len(opinions.sampled.outcomes) - blind
    if not seeing:
        return ()
    return (
        (
            f"{_choices(seeing)} made where the judge's opinion can be seen, which tends to raise the agreement: it counts only the "
            f"{blind:,} made blind, and holds for images like those."
        ),
    )


def _version_note(opinions: Opinions) -> tuple[str, ...]:
    blind = opinions.sampled_blind
    others = sum(outcome.judgement is not None for outcome in blind.outcomes) - len(blind.of_current_judge.outcomes)
    if not others:
        return ()
    images = "1 of the images is" if others == 1 else f"{others:,} of the images are"
    return (
        (
            f"{images} judged by an earlier version of the judge and not yet by the present one. The agreement leaves them out; each "
            "version has its own under “Judge, prompt and ontology”."
        ),
    )


def _kinds(outcomes: Iterable[Outcome]) -> str:
    """Such as "80 drawn at random, blind; 20 in Encord's editor"."""
    counted = Counter(how_chosen(choice) for _, choice in _answered(outcomes)).most_common()
    return "; ".join(f"{count:,} {kind}" for kind, count in counted)


def _choices(count: int) -> str:
    return "1 choice was" if count == 1 else f"{count:,} choices were"


def _comparable(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The images with both captions."""
    return [outcome for outcome in outcomes if outcome.caption_8b is not None and outcome.caption_16b is not None]


def _answered(outcomes: Iterable[Outcome]) -> list[tuple[Outcome, FinalChoice]]:
    return [
        (outcome, outcome.final_choice)
        for outcome in outcomes
        if outcome.final_choice is not None and person_verdict(outcome.final_choice) is not Verdict.MISSING
    ]
