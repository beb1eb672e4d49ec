"""The checks of `doctor` that are about models: which are up, list what they serve, and answer as a run needs it."""

import asyncio
from dataclasses import dataclass, field

from judge_pipeline.cli.support.findings import Findings, Result
from judge_pipeline.cli.support.paid_probe import Probe, caption_probe, judge_probe, probe_finding
from judge_pipeline.composition.connections import EncordAccess, make_endpoint
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.model_makers import ADVICE, same_maker
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.interruption import run_coroutine
from judge_pipeline.engine.model_batches.listing import check_batches
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.settings.settings import Settings

ASK = "`judge-pipeline doctor --paid` asks each model one question"


@dataclass
class ModelChecks:
    """`encord`, `roles` and `project` are None if they are not known."""

    settings: Settings
    found: Findings
    encord: EncordAccess | None
    roles: JudgeOntology | None
    project: EncordProject | None
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    reported: dict[str, str] = field(default_factory=dict)

    def run(self, *, paid: bool) -> None:
        """All of them, in the order of the table."""
        self.check_models()
        self.check_batches()
        self.check_answers(paid=paid)
        self.check_makers()

    def check_models(self) -> None:
        """Whether each endpoint is up and lists its model, which costs nothing."""
        unset = self.settings.missing()
        for name in self.settings.models:
            missing = [setting for setting in (f"{name}__BASE_URL", f"{name}__MODEL") if setting in unset]
            if missing:
                self.found.not_checked(name, f"not set: {', '.join(missing)}")
            elif self.encord is None and self.settings.uses_embedded_model(name):
                self.found.not_checked(name, "the local models have not started")
            else:
                with self.found.part(name):
                    self.endpoints[name] = make_endpoint(name, self.settings, self.encord)
        with_server = {name: endpoint for name, endpoint in self.endpoints.items() if endpoint.mode != "offline"}
        for name in self.endpoints.keys() - with_server:
            self.found.ok(
                name,
                f"MODE=offline: no server is asked; {self.endpoints[name].model} answers what `batches export` writes",
            )
        for name, result in run_coroutine(_listed(with_server)).items():
            with self.found.part(name):
                if isinstance(result, BaseException):
                    raise result
                if result:
                    self.found.not_checked(name, result, ASK)
                else:
                    self.found.ok(name, f"{self.endpoints[name]} is up and lists this model")

    def check_batches(self) -> None:
        """Whether the endpoints in batch mode have batches, which costs nothing."""
        for name, endpoint in self.endpoints.items():
            if endpoint.mode == "batch":
                with self.found.part(f"{name} batches"):
                    run_coroutine(check_batches(endpoint))
                    self.found.ok(f"{name} batches", "the server lists its model batches")

    def check_answers(self, *, paid: bool) -> None:
        """One question to each model that is not known to be unusable, as a run asks it."""
        if not paid:
            self.found.not_checked(
                "Answers", "no model was asked a question", f"{ASK}, with an image and the judge's form"
            )
            return
        wrong = {finding.check for finding in self.found.findings if finding.result is Result.WRONG}
        for name in self.settings.models:
            check = f"{name} answer"
            endpoint = self.endpoints.get(name)
            if endpoint is None or name in wrong:
                self.found.not_checked(check, f"{name} cannot be asked, see above")
            elif endpoint.mode == "offline":
                self.found.not_checked(check, "MODE=offline: no server is asked")
            elif not name.startswith("LLM") and self.roles is None:
                self.found.not_checked(check, "the judge's form is the ontology, which is not known or does not fit")
            else:
                with self.found.part(check):
                    finding, reported = probe_finding(check, self._probe(name, endpoint), self.project)
                    self.found.add(finding)
                    self.reported[name] = reported

    def check_makers(self) -> None:
        """Whether a captioner and the judge are known to be of one maker: a caution, since runs work all the same."""
        names = {name: [each.model, self.reported.get(name, "")] for name, each in self.endpoints.items()}
        captioners = {name: models for name, models in names.items() if name.startswith("LLM")}
        judges = [model for name, models in names.items() if name.startswith("JUDGE") for model in models]
        for sentence in same_maker(captioners, judges):
            self.found.ok("Makers", sentence, ADVICE, "`judge-pipeline probe` tests what sways the judge")

    def _probe(self, name: str, endpoint: Endpoint) -> Probe:
        if name.startswith("LLM") or self.roles is None:
            return caption_probe(endpoint, max_words=self.settings.caption_max_words)
        return judge_probe(endpoint, self.roles)


async def _listed(endpoints: dict[str, Endpoint]) -> dict[str, str | BaseException]:
    """What each server's list of models leaves open, or why the endpoint cannot be used."""

    async def check(endpoint: Endpoint) -> str:
        async with ModelClient(endpoint) as client:
            return await client.check()

    results = await asyncio.gather(*map(check, endpoints.values()), return_exceptions=True)
    return dict(zip(endpoints, results, strict=True))
