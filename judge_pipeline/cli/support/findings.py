"""What `doctor` has found: a table for people, lines for pipes, JSON for programs."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from rich import box
from rich.table import Table
from rich.text import Text

from judge_pipeline.cli.support.expected_errors import expected_message
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.visible_text import visible_line

WIDE = 110
"""From this width on, what to do has a column of its own."""

NO_RUN = 2
"""The exit code if no run can start, as for every mistake in the settings."""

MOST_SENTENCES = 50
"""Of one check; JSON has all."""


class Result(StrEnum):
    """What a check has shown; what depends on something that is wrong is not checked."""

    OK = "ok"
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


STYLES = {Result.OK: "green", Result.WRONG: "bold red", Result.NOT_CHECKED: "yellow"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One row. `to_do` are sentences; also a check that is ok may advise. `stops_runs` says that no run can start like this."""

    check: str
    result: Result
    found: str
    to_do: Sequence[str] = ()
    stops_runs: bool = False

    @property
    def advice(self) -> list[str]:
        """What to do, one line each."""
        more = len(self.to_do) - MOST_SENTENCES
        shown = [visible_line(sentence) for sentence in self.to_do[:MOST_SENTENCES]]
        return [*shown, f"and {more} more"] if more > 0 else shown

    @property
    def sentence(self) -> str:
        """All of it on one line."""
        return "; ".join(filter(None, (visible_line(self.found), *self.advice)))


@dataclass
class Findings:
    """The findings so far, in the order of the checks."""

    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """One more."""
        self.findings.append(finding)

    @contextmanager
    def part(self, check: str, *, otherwise: Result = Result.WRONG) -> Iterator[None]:
        """An error that a user can fix is a finding; the other checks go on."""
        try:
            yield
        except Exception as error:
            message = expected_message(error)
            if message is None:
                raise
            self.add(Finding(check, otherwise, message, stops_runs=True))

    def ok(self, check: str, found: str, *to_do: str) -> None:
        """It is as it should be."""
        self.add(Finding(check, Result.OK, found, to_do))

    def not_checked(self, check: str, found: str, *to_do: str) -> None:
        """It depends on something that is wrong or unknown."""
        self.add(Finding(check, Result.NOT_CHECKED, found, to_do))

    def wrong(self, check: str, found: str, *to_do: str, stops: bool = True) -> None:
        """It is not as it should be; by default no run can start like this."""
        self.add(Finding(check, Result.WRONG, found, to_do, stops_runs=stops))


def exit_code(findings: Sequence[Finding]) -> int:
    """0 if nothing is wrong, 2 if no run can start, else 1."""
    wrong = [finding for finding in findings if finding.result is Result.WRONG]
    return 0 if not wrong else NO_RUN if any(finding.stops_runs for finding in wrong) else 1


def print_findings(findings: Sequence[Finding], terminal: Terminal) -> None:
    """A table that fits the terminal; unwrapped lines if the output is not one."""
    if terminal.console.is_terminal:
        terminal.console.print(findings_table(findings, width=terminal.console.width))
        return
    indent = max(10, *(len(finding.check) + 2 for finding in findings))
    for finding in findings:
        terminal.print(f"{finding.check:<{indent}}{finding.result}: {visible_line(finding.found)}")
        for sentence in finding.advice:
            terminal.print(f"{'':<{indent}}{sentence}")


def findings_table(findings: Sequence[Finding], *, width: int) -> Table:
    """One row per check; in a narrow terminal what to do is below what was found."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("check", no_wrap=width >= WIDE, overflow="fold")
    table.add_column("result", overflow="fold")
    is_wide = width >= WIDE
    headers = ("found", "what to do") if is_wide else ("found, and what to do",)
    for header in headers:
        table.add_column(header, ratio=1, overflow="fold")
    for finding in findings:
        found, to_do = Text(visible_line(finding.found)), Text("\n".join(finding.advice))
        cells = [found, to_do] if is_wide else [Text("\n").join([found, to_do] if finding.advice else [found])]
        table.add_row(Text(finding.check), Text(finding.result, style=STYLES[finding.result]), *cells)
    return table


def findings_json(findings: Sequence[Finding]) -> str:
    """`{"exit_code": …, "checks": [{"check", "result", "found", "what_to_do"}]}`."""
    checks = [
        {"check": each.check, "result": each.result, "found": each.found, "what_to_do": list(each.to_do)}
        for each in findings
    ]
    return json.dumps({"exit_code": exit_code(findings), "checks": checks}, indent=2)
