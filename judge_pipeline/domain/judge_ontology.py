"""The roles of an ontology's classifications: the rubric of each caption, the judge's choice, the Final Choice."""

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.ontology import AttributeKind, Classification, Ontology, Option

TIE_WORDS = ("tie", "equal", "same", "alike", "draw", "both", "neither")


class OntologyMismatch(ValueError):
    """The ontology lacks what the judge needs; the message says for each lack what was found and what to do."""


@dataclass(frozen=True)
class JudgeOntology:
    """An ontology with its roles assigned. `final_choice` and `unused` are for humans: the judge is never asked about them."""

    for_8b: Classification
    for_16b: Classification
    others: tuple[Classification, ...]
    choice: Classification
    choice_8b: Option
    choice_16b: Option
    final_choice: Classification
    unused: tuple[Classification, ...] = ()

    @classmethod
    def of(
        cls,
        ontology: Ontology,
        *,
        title_8b: str = "LLM 8B",
        title_16b: str = "LLM 16B",
        choice_title: str = "LLM Judge Choice",
        final_choice_title: str = "Final Choice",
    ) -> "JudgeOntology":
        """Finds the roles by title. Every other classification with "LLM" in its title is asked unchanged.

        Final Choice must have its own title: if it is renamed in Encord, the run stops instead of asking it.

        Raises:
            OntologyMismatch: a classification is missing, ambiguous or of the wrong kind.
        """
        titles = (title_8b, title_16b, choice_title, final_choice_title)
        problems, by_title = _by_title(ontology, titles)
        names = ((Captioner.LLM_8B, title_8b), (Captioner.LLM_16B, title_16b))
        options = {}
        for title in (choice_title, final_choice_title):
            for captioner, name in names if title in by_title else ():
                try:
                    options[title, captioner] = _option_for(ontology, by_title[title], captioner, name)
                except OntologyMismatch as mismatch:
                    problems.append(str(mismatch))
        for title in (title_8b, title_16b):
            if title in by_title and not by_title[title].root.is_answerable:
                problems.append(f"{_named(ontology, by_title[title])} has no active option; add its options in Encord")
        if problems:
            raise OntologyMismatch("; ".join(dict.fromkeys(problems)))
        for_8b, for_16b, choice, final_choice = found = [by_title[title] for title in titles]
        rest = [other for other in ontology.classifications if other not in found]
        others = tuple(other for other in rest if "LLM" in other.title and other.root.is_answerable)
        return cls(
            for_8b=for_8b,
            for_16b=for_16b,
            others=others,
            choice=choice,
            choice_8b=options[choice.title, Captioner.LLM_8B],
            choice_16b=options[choice.title, Captioner.LLM_16B],
            final_choice=final_choice,
            unused=tuple(other for other in rest if other not in others),
        )

    @cached_property
    def version(self) -> str:
        """The first 12 hex digits of the sha256 over everything that the judge is asked."""
        asked = [asdict(classification) for classification in (self.for_8b, self.for_16b, *self.others)]
        options = [(option.feature_hash, option.label) for option in (self.choice_8b, self.choice_16b)]
        asked.append({"feature_hash": self.choice.feature_hash, "title": self.choice.title, "options": options})
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]

    @property
    def judged(self) -> tuple[Classification, ...]:
        """The classifications that the judge fills."""
        return (self.for_8b, self.for_16b, *self.others, self.choice)

    def classification_for(self, captioner: Captioner) -> Classification:
        """What is asked about this captioner's caption."""
        return self.for_8b if captioner is Captioner.LLM_8B else self.for_16b

    def choice_option(self, captioner: Captioner) -> Option:
        """The option of the judge's choice that names this captioner."""
        return self.choice_8b if captioner is Captioner.LLM_8B else self.choice_16b

    def final_option(self, captioner: Captioner) -> Option:
        """The option of Final Choice that names this captioner."""
        return next(option for option in self.final_choice.root.options if self.read_choice(option.label) is captioner)

    @property
    def tie_option(self) -> Option | None:
        """The option of Final Choice for a tie; None if there is none or the choice is ambiguous.

        It is the only option that names no captioner, or, of several, the one whose words say that neither is better.
        """
        neutral = [option for option in self.final_choice.root.options if self.read_choice(option.label) is None]
        if len(neutral) == 1:
            return neutral[0]
        ties = [option for option in neutral if any(word in bare_name(option.label) for word in TIE_WORDS)]
        return ties[0] if len(ties) == 1 else None

    def read_choice(self, label: str) -> Captioner | None:
        """The captioner that an option of a choice names, "LLM-8B" and "LLM 8B" alike; None for any other option."""
        for captioner in Captioner:
            if bare_name(label) in {bare_name(captioner.value), bare_name(self.classification_for(captioner).title)}:
                return captioner
        return None


@lru_cache(maxsize=1024)
def bare_name(label: str) -> str:
    """Letters and digits only, case folded: what "LLM-8B", "llm 8b" and "LLM_8B" have in common."""
    return "".join(character for character in unicodedata.normalize("NFKC", label).casefold() if character.isalnum())


def _by_title(ontology: Ontology, titles: tuple[str, ...]) -> tuple[list[str], dict[str, Classification]]:
    """What is wrong with the titles, and the classifications that have one of them alone."""
    if len(set(titles)) < len(titles):
        raise OntologyMismatch(
            f"the settings name one classification for two roles ({_and(list(titles))}); give each its own"
        )
    problems = []
    there = [classification.title for classification in ontology.classifications]
    if missing := [title for title in titles if title not in there]:
        has = ", ".join(f"'{title}'" for title in there) or "no classification at all"
        problems.append(
            f"ontology '{ontology.title}' has no classification {_and(missing)} (it has: {has}); "
            "add it in Encord or name yours in the settings"
        )
    if several := [title for title in titles if there.count(title) > 1]:
        problems.append(
            f"ontology '{ontology.title}' has several classifications {_and(several)}; rename all but one in Encord"
        )
    by_title = {classification.title: classification for classification in ontology.classifications}
    return problems, {title: by_title[title] for title in titles if there.count(title) == 1}


def _option_for(ontology: Ontology, radio: Classification, captioner: Captioner, title: str) -> Option:
    if radio.root.kind is not AttributeKind.RADIO:
        raise OntologyMismatch(
            f"{_named(ontology, radio)} is of kind {radio.root.kind}; make it a radio with an option per captioner"
        )
    names = {bare_name(captioner.value), bare_name(title)}
    matches = [option for option in radio.root.options if bare_name(option.label) in names]
    if len(matches) != 1:
        has = ", ".join(f"'{option.label}'" for option in radio.root.options) or "no active option"
        count = "no option" if not matches else "more than one option"
        raise OntologyMismatch(f"{_named(ontology, radio)} has {count} '{title}' (it has: {has}); fix it in Encord")
    return matches[0]


def _named(ontology: Ontology, classification: Classification) -> str:
    return f"classification '{classification.title}' of ontology '{ontology.title}'"


def _and(titles: list[str]) -> str:
    return " and ".join(f"'{title}'" for title in titles)
