"""Captioners of several projects in one ranking: by people, by the judge, and by the judge corrected by people."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.statistics import Ranking, Verdict, ranking, sampled_mean
from judge_pipeline.reporting.headline import MEASURED
from judge_pipeline.reporting.opinions import FIRST, Opinions, judge_verdict, person_verdict

FEW_LABELS = 30
"""Below this number of a pair's choices the intervals cover less than they say."""

RESAMPLES = 1000


@dataclass(frozen=True)
class RankedProject:
    """A project under a name for readers."""

    name: str
    outcomes: Sequence[Outcome]

    @cached_property
    def judge(self) -> str | None:
        """The version of its present judge without the ontology, whose identifiers differ from project to project."""
        version = Opinions(self.outcomes).current_version
        return version and version.rpartition("; ontology ")[0]


@dataclass(frozen=True, slots=True)
class Battle:
    """One image with captions by two models. `people` counts only with a `probability`, `judge` is of the present judge."""

    project: str
    image: str
    first: str
    second: str
    people: Verdict
    judge: Verdict
    probability: float | None
    in_population: bool


@dataclass(frozen=True, slots=True)
class PairRates:
    """Two captioners: on how many images they met, and the win rate of `one`, ties half, by whom."""

    one: str
    other: str
    images: int
    labelled: int
    people: float | None
    judge: float | None


@dataclass(frozen=True)
class CaptionerRanking:
    """The ranking of the captioners of these projects by the model names that their servers reported.

    `names` replaces a reported name by another one, so that two names of one model are one captioner.
    """

    projects: Sequence[RankedProject]
    names: Mapping[str, str]

    @cached_property
    def corrected(self) -> Ranking:
        """What people would say about all images that their choices speak for, with the judge's help."""
        sampled = {battle.project for battle in self.battles if battle.probability is not None}
        rows = [battle for battle in self.battles if battle.in_population or battle.project not in sampled]
        return _ranking(rows, [row.people for row in rows], [row.judge for row in rows])

    @cached_property
    def people(self) -> Ranking:
        """People's choices alone."""
        return _ranking(self.battles, [battle.people for battle in self.battles])

    @cached_property
    def judge(self) -> Ranking:
        """The judge's choices alone; undefined for different judges, which are never pooled."""
        if len(self.judges) > 1:
            count = sum(battle.judge.points is not None for battle in self.battles)
            why = f"the projects have different judges, whose choices do not compare: {' | '.join(self.judges)}"
            return Ranking((), {}, None, count, count, undefined=why)
        return _ranking(self.battles, [battle.judge for battle in self.battles], of_all=True)

    @property
    def by_whom(self) -> dict[str, Ranking]:
        """The three rankings, the most trustworthy first."""
        return {"judge corrected by people": self.corrected, "people": self.people, "judge": self.judge}

    @property
    def leading(self) -> tuple[str, Ranking] | None:
        """The first that has an order, with its name."""
        return next(((name, found) for name, found in self.by_whom.items() if found.places), None)

    @cached_property
    def judges(self) -> list[str]:
        """The present judges of the projects, each once."""
        return list(dict.fromkeys(project.judge for project in self.projects if project.judge))

    @cached_property
    def battles(self) -> list[Battle]:
        """Every image with captions by two different models."""
        return [battle for battle in self._all if battle.first != battle.second]

    @cached_property
    def pairs(self) -> list[PairRates]:
        """Every pair that met, by name."""
        rows = sorted(self.battles, key=_pair)
        return [_pair_rates(pair, list(of_pair)) for pair, of_pair in groupby(rows, key=_pair)]

    @property
    def notes(self) -> list[str]:
        """What a reader must know before believing the order."""
        return [*self._notes_on_captions(), *self._notes_on_choices()]

    @cached_property
    def _all(self) -> list[Battle]:
        return [battle for project in self.projects for battle in self._battles_of(project)]

    def _battles_of(self, project: RankedProject) -> Iterator[Battle]:
        current = Opinions(project.outcomes).current_version
        for outcome in project.outcomes:
            first, second = outcome.caption_of(FIRST), outcome.caption_of(FIRST.other)
            if first is None or second is None:
                continue
            is_current = outcome.judgement is None or outcome.judgement.version == current
            counts = outcome.probability is not None and not _is_scripted(outcome)
            yield Battle(
                project=project.name,
                image=outcome.image.sha256 if outcome.image else f"{project.name} {outcome.tag}",
                first=self.names.get(first.model, first.model),
                second=self.names.get(second.model, second.model),
                people=person_verdict(outcome.final_choice) if counts else Verdict.MISSING,
                judge=judge_verdict(outcome) if is_current else Verdict.MISSING,
                probability=outcome.probability if counts else None,
                in_population=outcome.in_population,
            )

    def _notes_on_captions(self) -> Iterator[str]:
        captioners = {name for battle in self._all for name in (battle.first, battle.second)}
        if measured := sorted(name for name in captioners if name.startswith(MEASURED)):
            yield (
                f"{', '.join(measured)}: measured descriptions, not vision-language models. "
                "They show that the command works; they do not rank real models."
            )
        alone = Counter((battle.project, battle.first) for battle in self._all if battle.first == battle.second)
        for (project, name), count in alone.items():
            yield f"Project {project}: {_images(count)} captioned by {name} on both sides, which compares nothing."
        for name, prompts in sorted(self._prompts().items()):
            if len(prompts) > 1:
                yield f"{name} captioned with {len(prompts)} versions of the prompt; they count as one captioner."
        projects = {(battle.image, battle.project) for battle in self.battles}
        if shared := sum(count > 1 for count in Counter(image for image, _ in projects).values()):
            yield f"{_images(shared)} in several projects; each counts once per pair and is resampled with all its battles."

    def _notes_on_choices(self) -> Iterator[str]:
        outcomes = [outcome for project in self.projects for outcome in project.outcomes]
        if scripted := sum(_is_scripted(outcome) for outcome in outcomes):
            yield f"{scripted:,} final choices were made by a demo's script and count nowhere."
        chosen = [each for each in outcomes if person_verdict(each.final_choice).points is not None]
        if unknown := sum(each.probability is None and not _is_scripted(each) for each in chosen):
            yield (
                f"{unknown:,} final choices by people count nowhere, because it is not known how their images were drawn; "
                "`judge-pipeline review` draws with known probabilities."
            )
        for project in self.projects:
            current = Opinions(project.outcomes).current_version
            earlier = sum(each.judgement is not None and each.judgement.version != current for each in project.outcomes)
            if earlier:
                yield f"Project {project.name}: {_images(earlier)} judged by another version of the judge, which counts nowhere."
        for one, other in self.corrected.unlabelled if self.corrected.places else ():
            yield f"The corrected ranking leaves out {one} and {other}: people compared them on fewer than two drawn images."
        if few := [
            f"{pair.one} and {pair.other} ({pair.labelled})" for pair in self.pairs if 0 < pair.labelled < FEW_LABELS
        ]:
            yield f"Fewer than {FEW_LABELS} choices by people, so that intervals are rough: {', '.join(few)}."

    def _prompts(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for project in self.projects:
            for outcome in project.outcomes:
                for captioner in Captioner:
                    if caption := outcome.caption_of(captioner):
                        name = self.names.get(caption.model, caption.model)
                        found.setdefault(name, set()).add(caption.prompt_version)
        return found


def _ranking(
    rows: Sequence[Battle], people: Sequence[Verdict], judge: Sequence[Verdict] | None = None, *, of_all: bool = False
) -> Ranking:
    """The ranking by people's column; the judge's own is `of_all` images."""
    return ranking(
        [row.first for row in rows],
        [row.second for row in rows],
        people,
        judge,
        images=[row.image for row in rows],
        strata=[row.project for row in rows],
        probabilities=None if of_all else [row.probability for row in rows],
        resamples=RESAMPLES,
    )


def _pair(battle: Battle) -> tuple[str, str]:
    one, other = sorted((battle.first, battle.second))
    return one, other


def _pair_rates(pair: tuple[str, str], battles: Sequence[Battle]) -> PairRates:
    one, other = pair

    def points(verdict: Verdict, battle: Battle) -> float | None:
        return verdict.points if verdict.points is None or battle.first == one else 1 - verdict.points

    people = [points(battle.people, battle) for battle in battles]
    judge = [points(battle.judge, battle) for battle in battles]
    return PairRates(
        one,
        other,
        images=len({battle.image for battle in battles}),
        labelled=sum(each is not None for each in people),
        people=sampled_mean(people, probabilities=[battle.probability for battle in battles]).value,
        judge=sampled_mean(judge).value,
    )


def _is_scripted(outcome: Outcome) -> bool:
    return outcome.final_choice is not None and outcome.final_choice.is_scripted


def _images(count: int) -> str:
    return "1 image is" if count == 1 else f"{count:,} images are"
