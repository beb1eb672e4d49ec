"""The checks of `doctor`: each ends in a finding, and one that needs what is missing says so instead of passing."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from judge_pipeline.cli.support.agreement_check import CHECK, agreement_finding
from judge_pipeline.cli.support.expected_errors import expected_message
from judge_pipeline.cli.support.findings import Finding, Result
from judge_pipeline.cli.support.paid_probe import Probe, caption_probe, judge_probe, probe_finding
from judge_pipeline.composition.connections import EncordAccess, make_encord_access, make_endpoint
from judge_pipeline.composition.pipeline import make_ontology_titles, make_resources, make_workflow_titles
from judge_pipeline.domain.answer_codec.form_warnings import form_warnings
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.model_makers import ADVICE, same_maker
from judge_pipeline.domain.ontology import AttributeKind
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.row_findings import row_findings
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.domain.workflow import AGENT_STAGES, StageKind
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.project_state import (
    ProjectState,
    read_project_state,
    undeclared_metadata_keys,
    visible_projects,
)
from judge_pipeline.engine.interruption import run_coroutine
from judge_pipeline.engine.model_batches.listing import check_batches
from judge_pipeline.engine.project_claim import project_holders
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.settings.dagster_instance import require_shared_settings, require_working_driver
from judge_pipeline.settings.settings import Settings
from judge_pipeline.store.store import Store

ASK = "`judge-pipeline doctor --paid` asks each model one question"


@dataclass
class Diagnosis:
    """The findings so far, and what later checks need of earlier ones; None if it is not known."""

    settings: Settings
    log: Callable[[str], None]
    findings: list[Finding] = field(default_factory=list)
    encord: EncordAccess | None = None
    state: ProjectState | None = None
    roles: JudgeOntology | None = None
    project: EncordProject | None = None
    snapshot: ProjectSnapshot | None = None
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    reported: dict[str, str] = field(default_factory=dict)

    def run(self, *, paid: bool) -> list[Finding]:
        """Every check, in the order of the table."""
        self.check_settings()
        self.check_encord()
        self.check_workflow()
        self.check_ontology()
        self.check_layout()
        self.check_images()
        self.check_models()
        self.check_batches()
        self.check_answers(paid=paid)
        self.check_makers()
        self.check_agent()
        self.check_agreement()
        return self.findings

    def check_settings(self) -> None:
        """Whether all that a run needs is set and fits together."""
        missing = self.settings.missing()
        if missing:
            self._wrong("Settings", f"not set: {', '.join(missing)}", "docs/settings.md describes each one")
        with self._part("Settings"):
            require_shared_settings(self.settings)
            require_working_driver(self.settings.dagster_home)
            self.encord = make_encord_access(self.settings, log=self.log)
            if not missing:
                make_resources(self.settings, log=self.log).spending_limits()
                self._ok("Settings", "all that a run needs is set")

    def check_encord(self) -> None:
        """Whether the key opens the project, and the project lets runs work."""
        if self.encord is None:
            self._not_checked("Encord", "the settings do not give access to it")
            return
        with self._part("Encord"):
            if not self.encord.project_hash:
                count = len(visible_projects(self.encord.connection))
                self._not_checked(
                    "Encord",
                    f"the key is accepted and sees {count} projects; ENCORD_PROJECT_HASH names none of them",
                    "set it to the id in the project's URL, or create a project with `judge-pipeline init`",
                )
                return
            titles = make_workflow_titles(self.settings)
            self.state = state = read_project_state(self.encord.connection, self.encord.project_hash, titles)
            if state.inactive_reason:
                self._wrong("Encord", state.inactive_reason, stops=False)
            else:
                self._ok(
                    "Encord",
                    f"project {state.title!r} ({state.project_hash}) at {self.encord.connection.domain}; {state.form}",
                )
            if state.workflow is not None:
                self.project = EncordProject.open(self.encord.connection, self.encord.project_hash, titles)

    def check_workflow(self) -> None:
        """Whether the stages and pathways are found."""
        if self.state is None:
            self._not_checked("Workflow", "the project is not open")
        elif (workflow := self.state.workflow) is None:
            self._wrong("Workflow", self.state.workflow_problem)
        else:
            titles = {kind: workflow.titles_of(kind) for kind in StageKind}
            self._ok(
                "Workflow",
                f"{', '.join(titles[kind] for kind in AGENT_STAGES)}; people decide in {titles[StageKind.REVIEW]}; "
                f"approved images are in {titles[StageKind.COMPLETE]}, rejected ones in {titles[StageKind.ARCHIVE]}",
                *workflow.differences,
            )

    def check_ontology(self) -> None:
        """Whether each role has its classification, and the judge's form fits into a question."""
        if self.state is None:
            self._not_checked("Ontology", "the project is not open")
            return
        with self._part("Ontology"):
            if self.state.ontology is None:
                self._wrong("Ontology", self.state.ontology_problem)
                return
            roles = make_ontology_titles(self.settings).roles_in(self.state.ontology)
            warnings = form_warnings(roles)
            by_judge = ", ".join(each.title for each in (roles.for_8b, roles.for_16b, *roles.others, roles.choice))
            self._ok(
                "Ontology",
                f"{self.state.ontology.title!r}; the judge fills in {by_judge}; people fill in {roles.final_choice.title}",
                *warnings,
            )
            self.roles = roles

    def check_layout(self) -> None:
        """Encord's API does not show layouts; the metadata keys that the layout filters by are checked."""
        if self.encord is None or self.state is None:
            self._not_checked("Layout", "the project is not open")
            return
        with self._part("Layout", otherwise=Result.NOT_CHECKED):
            if self.state.form.has_groups:
                self._ok("Layout", "each data group has its own: the image next to its two captions")
                return
            undeclared = undeclared_metadata_keys(self.encord.connection)
            upload = (
                "if annotators do not see the image next to both captions, upload editor_layout.json, which `judge-pipeline "
                f"init` writes, in the settings of {self.state.url}"
            )
            to_do = [upload]
            if undeclared:
                to_do.append(
                    f"the metadata schema does not declare {' and '.join(undeclared)}, by which the layout picks the captions; "
                    "`judge-pipeline init` declares them, runs do without"
                )
            self._not_checked("Layout", "Encord's API does not show a project's editor layout", *to_do)

    def check_images(self) -> None:
        """What stands in the project, and who works on it; then what the store knows of it."""
        if self.project is None:
            for check in ("Images", "In use"):
                self._not_checked(check, "the project is not open or its workflow does not fit")
        below = ""
        with self._part("Images"):
            self.snapshot = self.project.snapshot() if self.project else None
            below = self.project.captions.images_below() if self.project else ""
        linked = None
        with self._part("Store"):
            require_shared_settings(self.settings)
            linked = self._linked_texts()
            self._ok("Store", f"opens at {self._store_address()}")
        if self.snapshot is not None:
            self._report_images(self.snapshot, linked, below)
        if self.project is not None and self.snapshot is not None:
            with self._part("In use", otherwise=Result.NOT_CHECKED):
                holders = project_holders(self.project, list(self.snapshot.images.values()))
                self._ok("In use", "; ".join(map(str, holders)) or "by no run")

    def check_models(self) -> None:
        """Whether each endpoint is up and lists its model, which costs nothing."""
        unset = self.settings.missing()
        for name in self.settings.models:
            missing = [setting for setting in (f"{name}__BASE_URL", f"{name}__MODEL") if setting in unset]
            if missing:
                self._not_checked(name, f"not set: {', '.join(missing)}")
            elif self.encord is None and self.settings.uses_embedded_model(name):
                self._not_checked(name, "the local models have not started")
            else:
                with self._part(name):
                    self.endpoints[name] = make_endpoint(name, self.settings, self.encord)
        with_server = {name: endpoint for name, endpoint in self.endpoints.items() if endpoint.mode != "offline"}
        for name in self.endpoints.keys() - with_server:
            self._ok(
                name,
                f"MODE=offline: no server is asked; {self.endpoints[name].model} answers what `batches export` writes",
            )
        for name, result in run_coroutine(_listed(with_server)).items():
            with self._part(name):
                if isinstance(result, BaseException):
                    raise result
                if result:
                    self._not_checked(name, result, ASK)
                else:
                    self._ok(name, f"{self.endpoints[name]} is up and lists this model")

    def check_batches(self) -> None:
        """Whether the endpoints in batch mode have batches, which costs nothing."""
        for name, endpoint in self.endpoints.items():
            if endpoint.mode == "batch":
                with self._part(f"{name} batches"):
                    run_coroutine(check_batches(endpoint))
                    self._ok(f"{name} batches", "the server lists its model batches")

    def check_answers(self, *, paid: bool) -> None:
        """One question to each model that is not known to be unusable, as a run asks it."""
        if not paid:
            self._not_checked("Answers", "no model was asked a question", f"{ASK}, with an image and the judge's form")
            return
        wrong = {finding.check for finding in self.findings if finding.result is Result.WRONG}
        for name in self.settings.models:
            check = f"{name} answer"
            endpoint = self.endpoints.get(name)
            if endpoint is None or name in wrong:
                self._not_checked(check, f"{name} cannot be asked, see above")
            elif endpoint.mode == "offline":
                self._not_checked(check, "MODE=offline: no server is asked")
            elif not name.startswith("LLM") and self.roles is None:
                self._not_checked(check, "the judge's form is the ontology, which is not known or does not fit")
            else:
                with self._part(check):
                    finding, reported = probe_finding(check, self._probe(name, endpoint), self.project)
                    self.findings.append(finding)
                    self.reported[name] = reported

    def check_makers(self) -> None:
        """Whether a captioner and the judge are known to be of one maker: a caution, since runs work all the same."""
        names = {name: [each.model, self.reported.get(name, "")] for name, each in self.endpoints.items()}
        captioners = {name: models for name, models in names.items() if name.startswith("LLM")}
        judges = [model for name, models in names.items() if name.startswith("JUDGE") for model in models]
        for sentence in same_maker(captioners, judges):
            self._ok("Makers", sentence, ADVICE, "`judge-pipeline probe` tests what sways the judge")

    def check_agent(self) -> None:
        """What the editor's agent needs, if it has a setting of its own."""
        settings = self.settings
        if not (settings.agent.base_url or settings.agent.model or settings.agent_path_key or settings.agent_projects):
            return
        title = settings.agent_classification
        if missing := settings.missing_for_agent():
            self._wrong(
                "Agent", f"not set: {', '.join(missing)}", "docs/editor-agent.md describes each one", stops=False
            )
        elif self.state is None or self.state.ontology is None:
            self._not_checked("Agent", "the project is not open")
        elif any(
            each.title == title and each.root.kind is AttributeKind.TEXT for each in self.state.ontology.classifications
        ):
            self._ok("Agent", f"the ontology has the text classification {title!r}; its model is not checked")
        else:
            self._wrong(
                "Agent",
                f"the ontology has no text classification {title!r}, so the agent would refuse every click",
                "`judge-pipeline init` adds it; or set AGENT_CLASSIFICATION to the title of yours",
                stops=False,
            )

    def _probe(self, name: str, endpoint: Endpoint) -> Probe:
        if name.startswith("LLM") or self.roles is None:
            return caption_probe(endpoint, max_words=self.settings.caption_max_words)
        return judge_probe(endpoint, self.roles)

    def _linked_texts(self) -> dict[Tag, LinkedTextItems]:
        store = Store.open(self.settings.database_url)
        try:
            mine = store.project(self.encord.project_hash if self.encord else "")
            refreshing = mine.refreshes.unfinished("linked_text_items")
            linked = mine.results("linked_text_items", LinkedTextItems)
            return {tag: texts for tag, texts in linked.items() if tag not in refreshing}
        finally:
            store.close()

    def _store_address(self) -> str:
        from sqlalchemy import make_url

        return make_url(self.settings.database_url).render_as_string(hide_password=True)

    def _report_images(self, snapshot: ProjectSnapshot, linked: dict[Tag, LinkedTextItems] | None, below: str) -> None:
        findings = row_findings(snapshot, linked or {})
        wrong = [*snapshot.conflicts.values(), *findings.changed]
        self.findings.append(
            Finding(
                "Images",
                Result.WRONG if wrong else Result.OK,
                f"{len(snapshot.images)}, with {len(snapshot.texts)} text items"
                + (", not compared with the store" if linked is None else ""),
                [*wrong, *findings.behind, *findings.stray, *filter(None, [below])],
            )
        )

    def check_agreement(self) -> None:
        """Whether the judge agrees with people as much as the settings require for exports, if they require anything."""
        if self.settings.judge_pipeline_min_kappa is not None and not self.settings.missing():
            with self._part(CHECK):
                if (found := agreement_finding(make_resources(self.settings, log=self.log))) is not None:
                    self.findings.append(found)

    @contextmanager
    def _part(self, check: str, *, otherwise: Result = Result.WRONG) -> Iterator[None]:
        """An error that a user can fix is a finding; the other checks go on."""
        try:
            yield
        except Exception as error:
            message = expected_message(error)
            if message is None:
                raise
            self.findings.append(Finding(check, otherwise, message, stops_runs=True))

    def _ok(self, check: str, found: str, *to_do: str) -> None:
        self.findings.append(Finding(check, Result.OK, found, to_do))

    def _not_checked(self, check: str, found: str, *to_do: str) -> None:
        self.findings.append(Finding(check, Result.NOT_CHECKED, found, to_do))

    def _wrong(self, check: str, found: str, *to_do: str, stops: bool = True) -> None:
        self.findings.append(Finding(check, Result.WRONG, found, to_do, stops_runs=stops))


async def _listed(endpoints: dict[str, Endpoint]) -> dict[str, str | BaseException]:
    """What each server's list of models leaves open, or why the endpoint cannot be used."""

    async def check(endpoint: Endpoint) -> str:
        async with ModelClient(endpoint) as client:
            return await client.check()

    results = await asyncio.gather(*map(check, endpoints.values()), return_exceptions=True)
    return dict(zip(endpoints, results, strict=True))
