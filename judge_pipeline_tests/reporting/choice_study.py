"""Projects with known truth, of which people decide some images, drawn or picked in several ways."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import Draw, Drawing
from judge_pipeline.domain.final_choice import SCRIPTED, FinalChoice
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import outcomes
from judge_pipeline.domain.statistics import cohen_kappa, gwet_ac1, raw_agreement, win_rates
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.agreement import OPINIONS, agreement_section
from judge_pipeline.reporting.export_gate import export_block_reason, judge_people_kappa
from judge_pipeline.reporting.metric import Metric
from judge_pipeline.reporting.opinions import Opinions
from judge_pipeline.reporting.win_rates import win_rates_section
from judge_pipeline_tests.domain.test_drawing import tags_of
from judge_pipeline_tests.reporting.values import (
    A,
    B,
    caption,
    correctness,
    drawing_order,
    first_round,
    judgement,
    person,
)

IMAGES, CHOICES = 500, 100

METRICS = ("people", "judge_corrected_by_people", "agreement", "kappa", "ac1")

PRESENT, EARLIER = "present", "earlier"

AUDITED = 0.2
"""The weight of images above the gap in an audit."""

Choice = Captioner | None


@cache
def project(images: int) -> tuple[Tag, ...]:
    return tuple(tags_of(images))


@dataclass(frozen=True)
class World:
    """What a person says of each image if asked blind, and what the present judge and an earlier one say."""

    people: Mapping[Tag, Choice]
    judge: Mapping[Tag, Judgement]
    earlier_judge: Mapping[Tag, Judgement]

    @property
    def tags(self) -> list[Tag]:
        return list(self.people)

    def gap(self, tag: Tag) -> float:
        return abs(self.judge[tag].score_gap or 0.0)

    def is_doubtful(self, tag: Tag) -> bool:
        return self.judge[tag].choice is None or self.judge[tag].orders_agree is False


def world(generator: np.random.Generator, *, images: int = IMAGES) -> World:
    """The captions differ by a normal quantity that people see with little and the judge with more noise, and a leaning to 16B."""
    quality = generator.normal(0.25, 1, images)
    seen_by_people = quality + generator.normal(0, 0.5, images)
    seen_by_judge = quality + generator.normal(0.3, 0.9, images)
    seen_before = quality + generator.normal(-0.6, 1.2, images)
    tags = project(images)
    return World(
        {tag: _choice(seen, 0.15) for tag, seen in zip(tags, seen_by_people, strict=True)},
        {tag: _judgement(tag, seen, PRESENT) for tag, seen in zip(tags, seen_by_judge, strict=True)},
        {tag: _judgement(tag, seen, EARLIER) for tag, seen in zip(tags, seen_before, strict=True)},
    )


def _choice(seen: float, tie: float) -> Choice:
    return None if abs(seen) < tie else (B if seen > 0 else A)


def _judgement(tag: Tag, seen: float, judged_with: str) -> Judgement:
    steps = int(min(abs(seen) * 2, 4))
    low, high = (A, B) if seen > 0 else (B, A)
    return judgement(
        tag,
        _choice(seen, 0.1),
        orders_agree=abs(seen) > 0.4,
        scores=(correctness(low, 0), correctness(high, steps)),
        judged_with=judged_with,
    )


@dataclass(frozen=True)
class Study:
    """A world, the choices that people made in it, how far images were drawn, and the judgements there are."""

    world: World
    choices: Sequence[FinalChoice]
    draws: Mapping[Tag, Draw]
    judgements: Mapping[Tag, Judgement]

    @property
    def opinions(self) -> Opinions:
        tags = self.world.tags
        found = outcomes(
            images={},
            captions_8b=_captions(A, len(tags)),
            captions_16b=_captions(B, len(tags)),
            judgements=self.judgements,
            final_choices={choice.tag: choice for choice in self.choices},
            failures=(),
            linked_text_items={},
            draws=self.draws,
        )
        return Opinions(found, PRESENT)

    def metrics(self) -> dict[str, Metric]:
        """The metrics as the report shows them."""
        opinions = self.opinions
        sections = (win_rates_section(opinions), agreement_section(opinions))
        return {metric.name: metric for section in sections for metric in section.metrics}

    def truths(self) -> dict[str, float | None]:
        """The numbers that people would give if they decided blind every image that the report says it speaks for."""
        opinions = self.opinions
        images = (opinions.population if opinions.population.outcomes else opinions).outcomes
        all_decided = [replace(each, final_choice=person(each.tag, self.world.people[each.tag])) for each in images]
        asked = replace(opinions, outcomes=all_decided, version=opinions.current_version)
        columns = (asked.present_judge_labels, asked.people_labels)
        rate = win_rates(asked.people).first_with_ties_half.value
        return {
            "people": rate,
            "judge_corrected_by_people": rate,
            "agreement": raw_agreement(*columns).value,
            "kappa": cohen_kappa(*columns).value,
            "ac1": gwet_ac1(*columns, categories=OPINIONS).value,
        }


@cache
def _captions(captioner: Captioner, images: int) -> Mapping[Tag, Caption]:
    return {tag: caption(tag, captioner) for tag in project(images)}


def _drawn(world: World, generator: np.random.Generator) -> Study:
    draws = first_round(world.tags)
    return Study(world, _blind(world, drawing_order(draws)[:CHOICES], Drawing.RANDOM), draws, world.judge)


def _from_disagreements(world: World, generator: np.random.Generator) -> Study:
    draws = first_round(world.tags)
    order = sorted(drawing_order(draws), key=lambda tag: not world.is_doubtful(tag))
    return Study(world, _blind(world, order[:CHOICES], Drawing.DISAGREEMENTS), draws, world.judge)


def _below_the_gap(world: World, generator: np.random.Generator) -> Study:
    order = sorted(world.tags, key=lambda tag: (world.gap(tag), generator.random()))
    return Study(world, _blind(world, order[:CHOICES], Drawing.BY_HAND), first_round(world.tags), world.judge)


def _audited(world: World, generator: np.random.Generator) -> Study:
    """Images below the middle gap are drawn five times as often as the others."""
    middle = float(np.median([world.gap(tag) for tag in world.tags]))
    draws = first_round(world.tags, {tag: AUDITED for tag in world.tags if world.gap(tag) > middle})
    return Study(world, _blind(world, drawing_order(draws)[:CHOICES], Drawing.STRATIFIED), draws, world.judge)


def _where_the_judge_prefers_8b(world: World, generator: np.random.Generator) -> Study:
    order = sorted(world.tags, key=lambda tag: (world.judge[tag].choice is not A, generator.random()))
    return Study(world, _blind(world, order[:CHOICES], Drawing.BY_HAND), first_round(world.tags), world.judge)


def _two_versions(world: World, generator: np.random.Generator) -> Study:
    """The earlier judge has judged the labelled images, the present one the others."""
    study = _drawn(world, generator)
    return replace(study, judgements={**world.judge, **_of(world.earlier_judge, (each.tag for each in study.choices))})


def _half_judged_again(world: World, generator: np.random.Generator) -> Study:
    """The same, but the present judge has judged half of the labelled images as well."""
    study = _drawn(world, generator)
    kept = (each.tag for each in study.choices if generator.random() < 0.5)
    return replace(study, judgements={**world.judge, **_of(world.earlier_judge, kept)})


def _failed(world: World, generator: np.random.Generator) -> Study:
    study = _drawn(world, generator)
    return replace(study, judgements=_of(world.judge, (tag for tag in world.tags if generator.random() > 0.3)))


def _in_the_editor(world: World, generator: np.random.Generator) -> Study:
    tags = generator.permutation(np.array(world.tags, dtype=object))[:CHOICES].tolist()
    return Study(world, _seeing(world, tags, generator, follow=0.5), first_round(world.tags), world.judge)


def _drawn_and_in_the_editor(world: World, generator: np.random.Generator) -> Study:
    study = _drawn(world, generator)
    rest = drawing_order(study.draws)[CHOICES:]
    editor = [tag for tag in rest if world.judge[tag].choice is A][:CHOICES]
    return replace(study, choices=[*study.choices, *_seeing(world, editor, generator, follow=0.5)])


def _all_decided(world: World, generator: np.random.Generator) -> Study:
    return replace(_drawn(world, generator), choices=_blind(world, world.tags, Drawing.RANDOM))


WAYS: Mapping[str, Callable[[World, np.random.Generator], Study]] = {
    "drawn at random": _drawn,
    "drawn by strata: below the gap five times as often": _audited,
    "drawn, and as many in the editor where the judge prefers 8B": _drawn_and_in_the_editor,
    "drawn; 30% of the judgements failed": _failed,
    "drawn; an earlier judge judged the labelled images": _two_versions,
    "drawn; an earlier judge judged half of the labelled images": _half_judged_again,
    "all 500 images decided": _all_decided,
    "picked from the disagreements": _from_disagreements,
    "picked below the gap": _below_the_gap,
    "picked where the judge prefers 8B": _where_the_judge_prefers_8b,
    "in the editor, half of the people follow the judge": _in_the_editor,
}


def _of(judgements: Mapping[Tag, Judgement], tags: Iterable[Tag]) -> dict[Tag, Judgement]:
    return {tag: judgements[tag] for tag in tags}


def _blind(world: World, tags: Iterable[Tag], drawn: Drawing) -> list[FinalChoice]:
    return [person(tag, world.people[tag], drawn=drawn) for tag in tags]


def _seeing(world: World, tags: Iterable[Tag], generator: np.random.Generator, *, follow: float) -> list[FinalChoice]:
    """In the label editor, where some people choose what the judge has chosen."""
    chosen = {tag: world.judge[tag].choice if generator.random() < follow else world.people[tag] for tag in tags}
    return [person(tag, choice, blind=False) for tag, choice in chosen.items()]


def covers(metric: Metric, truth: float | None) -> bool | None:
    """Whether the interval contains the truth; None if nothing is claimed."""
    if metric.value is None or truth is None:
        return None
    if metric.interval is None:
        return False
    return metric.interval.low - 1e-9 <= truth <= metric.interval.high + 1e-9


def gate_world(generator: np.random.Generator, *, kappa: float, images: int = IMAGES) -> World:
    """A judge that says what people say with this probability, and otherwise tosses a coin; its kappa is that probability."""
    people = generator.random(images) < 0.5
    coins = generator.random(images) < 0.5
    judged = np.where(generator.random(images) < kappa, people, coins)
    tags = project(images)
    judge = {tag: judgement(tag, B if says else A, judged_with=PRESENT) for tag, says in zip(tags, judged, strict=True)}
    return World({tag: B if says else A for tag, says in zip(tags, people, strict=True)}, judge, judge)


def editor_choices(world: World, generator: np.random.Generator, *, follow: float, count: int = 200) -> Study:
    """Choices in the editor of which a share follows the judge."""
    return Study(
        world, _seeing(world, world.tags[:count], generator, follow=follow), first_round(world.tags), world.judge
    )


def drawn_choices(world: World, count: int, *, scripted: bool = False) -> Study:
    """Drawn images, decided by people or by a script that says what the judge says."""
    draws = first_round(world.tags)
    choices = _blind(world, drawing_order(draws)[:count], Drawing.RANDOM)
    if scripted:
        choices = [
            replace(person(each.tag, world.judge[each.tag].choice), decided_by=SCRIPTED, drawn=each.drawn)
            for each in choices
        ]
    return Study(world, choices, draws, world.judge)


def passes_the_gate(study: Study, *, min_kappa: float = 0.4) -> bool:
    """Whether the judge's decisions would be exported."""
    return export_block_reason(judge_people_kappa(study.opinions), min_kappa=min_kappa) is None
