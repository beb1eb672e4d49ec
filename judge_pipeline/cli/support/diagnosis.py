"""The checks of `doctor`: each ends in a finding, and one that needs what is missing says so instead of passing."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from judge_pipeline.cli.support.agreement_check import CHECK, agreement_finding
from judge_pipeline.cli.support.findings import Finding, Findings, Result
from judge_pipeline.cli.support.model_checks import ModelChecks
from judge_pipeline.composition.connections import EncordAccess, make_encord_access
from judge_pipeline.composition.pipeline import make_ontology_titles, make_resources, make_workflow_titles
from judge_pipeline.domain.answer_codec.form_warnings import form_warnings
from judge_pipeline.domain.judge_ontology import JudgeOntology
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
from judge_pipeline.engine.project_claim import project_holders
from judge_pipeline.settings.dagster_instance import require_shared_settings, require_working_driver
from judge_pipeline.settings.settings import Settings
from judge_pipeline.store.store import Store


@dataclass
class Diagnosis:
    """What has been found so far, and what later checks need of earlier ones; None if it is not known."""

    settings: Settings
    log: Callable[[str], None]
    found: Findings = field(default_factory=Findings)
    encord: EncordAccess | None = None
    state: ProjectState | None = None
    roles: JudgeOntology | None = None
    project: EncordProject | None = None
    snapshot: ProjectSnapshot | None = None

    def run(self, *, paid: bool) -> list[Finding]:
        """Every check, in the order of the table."""
        self.check_settings()
        self.check_encord()
        self.check_workflow()
        self.check_ontology()
        self.check_layout()
        self.check_images()
        ModelChecks(self.settings, self.found, self.encord, self.roles, self.project).run(paid=paid)
        self.check_agent()
        self.check_agreement()
        return self.found.findings

    def check_settings(self) -> None:
        """Whether all that a run needs is set and fits together."""
        missing = self.settings.missing()
        if missing:
            self.found.wrong("Settings", f"not set: {', '.join(missing)}", "docs/settings.md describes each one")
        with self.found.part("Settings"):
            require_shared_settings(self.settings)
            require_working_driver(self.settings.dagster_home)
            self.encord = make_encord_access(self.settings, log=self.log)
            if not missing:
                make_resources(self.settings, log=self.log).spending_limits()
                self.found.ok("Settings", "all that a run needs is set")

    def check_encord(self) -> None:
        """Whether the key opens the project, and the project lets runs work."""
        if self.encord is None:
            self.found.not_checked("Encord", "the settings do not give access to it")
            return
        with self.found.part("Encord"):
            if not self.encord.project_hash:
                count = len(visible_projects(self.encord.connection))
                self.found.not_checked(
                    "Encord",
                    f"the key is accepted and sees {count} projects; ENCORD_PROJECT_HASH names none of them",
                    "set it to the id in the project's URL, or create a project with `judge-pipeline init`",
                )
                return
            titles = make_workflow_titles(self.settings)
            self.state = state = read_project_state(self.encord.connection, self.encord.project_hash, titles)
            if state.inactive_reason:
                self.found.wrong("Encord", state.inactive_reason, stops=False)
            else:
                self.found.ok(
                    "Encord",
                    f"project {state.title!r} ({state.project_hash}) at {self.encord.connection.domain}; {state.form}",
                )
            if state.workflow is not None:
                self.project = EncordProject.open(self.encord.connection, self.encord.project_hash, titles)

    def check_workflow(self) -> None:
        """Whether the stages and pathways are found."""
        if self.state is None:
            self.found.not_checked("Workflow", "the project is not open")
        elif (workflow := self.state.workflow) is None:
            self.found.wrong("Workflow", self.state.workflow_problem)
        else:
            titles = {kind: workflow.titles_of(kind) for kind in StageKind}
            self.found.ok(
                "Workflow",
                f"{', '.join(titles[kind] for kind in AGENT_STAGES)}; people decide in {titles[StageKind.REVIEW]}; "
                f"approved images are in {titles[StageKind.COMPLETE]}, rejected ones in {titles[StageKind.ARCHIVE]}",
                *workflow.differences,
            )

    def check_ontology(self) -> None:
        """Whether each role has its classification, and the judge's form fits into a question."""
        if self.state is None:
            self.found.not_checked("Ontology", "the project is not open")
            return
        with self.found.part("Ontology"):
            if self.state.ontology is None:
                self.found.wrong("Ontology", self.state.ontology_problem)
                return
            roles = make_ontology_titles(self.settings).roles_in(self.state.ontology)
            warnings = form_warnings(roles)
            by_judge = ", ".join(each.title for each in (roles.for_8b, roles.for_16b, *roles.others, roles.choice))
            self.found.ok(
                "Ontology",
                f"{self.state.ontology.title!r}; the judge fills in {by_judge}; people fill in {roles.final_choice.title}",
                *warnings,
            )
            self.roles = roles

    def check_layout(self) -> None:
        """Encord's API does not show layouts; the metadata keys that the layout filters by are checked."""
        if self.encord is None or self.state is None:
            self.found.not_checked("Layout", "the project is not open")
            return
        with self.found.part("Layout", otherwise=Result.NOT_CHECKED):
            if self.state.form.has_groups:
                self.found.ok("Layout", "each data group has its own: the image next to its two captions")
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
            self.found.not_checked("Layout", "Encord's API does not show a project's editor layout", *to_do)

    def check_images(self) -> None:
        """What stands in the project, and who works on it; then what the store knows of it."""
        if self.project is None:
            for check in ("Images", "In use"):
                self.found.not_checked(check, "the project is not open or its workflow does not fit")
        below = ""
        with self.found.part("Images"):
            if self.project:
                below = self.project.captions.images_below()
                self.snapshot = self.project.snapshot()
        linked = None
        with self.found.part("Store"):
            require_shared_settings(self.settings)
            linked = self._linked_texts()
            self.found.ok("Store", f"opens at {self._store_address()}")
        if self.snapshot is not None:
            self._report_images(self.snapshot, linked, below)
        if self.project is not None and self.snapshot is not None:
            with self.found.part("In use", otherwise=Result.NOT_CHECKED):
                holders = project_holders(self.project, list(self.snapshot.images.values()))
                self.found.ok("In use", "; ".join(map(str, holders)) or "by no run")

    def check_agent(self) -> None:
        """What the editor's agent needs, if it has a setting of its own."""
        settings = self.settings
        if not (settings.agent.base_url or settings.agent.model or settings.agent_path_key or settings.agent_projects):
            return
        title = settings.agent_classification
        if missing := settings.missing_for_agent():
            self.found.wrong(
                "Agent", f"not set: {', '.join(missing)}", "docs/editor-agent.md describes each one", stops=False
            )
        elif self.state is None or self.state.ontology is None:
            self.found.not_checked("Agent", "the project is not open")
        elif any(
            each.title == title and each.root.kind is AttributeKind.TEXT for each in self.state.ontology.classifications
        ):
            self.found.ok("Agent", f"the ontology has the text classification {title!r}; its model is not checked")
        else:
            self.found.wrong(
                "Agent",
                f"the ontology has no text classification {title!r}, so the agent would refuse every click",
                "`judge-pipeline init` adds it; or set AGENT_CLASSIFICATION to the title of yours",
                stops=False,
            )

    def _linked_texts(self) -> dict[Tag, LinkedTextItems]:
        with closing(Store.open(self.settings.database_url)) as store:
            mine = store.project(self.encord.project_hash if self.encord else "")
            refreshing = mine.refreshes.unfinished("linked_text_items")
            linked = mine.results("linked_text_items", LinkedTextItems)
            return {tag: texts for tag, texts in linked.items() if tag not in refreshing}

    def _store_address(self) -> str:
        from sqlalchemy import make_url

        return make_url(self.settings.database_url).render_as_string(hide_password=True)

    def _report_images(self, snapshot: ProjectSnapshot, linked: dict[Tag, LinkedTextItems] | None, below: str) -> None:
        findings = row_findings(snapshot, linked or {})
        wrong = [*snapshot.conflicts.values(), *findings.changed]
        self.found.add(
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
            with self.found.part(CHECK):
                if (found := agreement_finding(make_resources(self.settings, log=self.log))) is not None:
                    self.found.add(found)
