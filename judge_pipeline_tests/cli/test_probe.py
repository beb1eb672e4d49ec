"""`judge-pipeline probe` says its cost first, survives Ctrl-C, and pays for nothing twice."""

import re
import signal
from pathlib import Path

import pytest

from judge_pipeline_tests.cli.commands import judge_pipeline, running
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.model_stub import JUDGE
from judge_pipeline_tests.processes import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_an_interrupted_probe_goes_on_where_it_stopped(user_project: UserProject, tmp_path: Path) -> None:
    settings, models = user_project.settings, user_project.models
    assert judge_pipeline("run", cwd=tmp_path, settings=settings).returncode == 0
    models.calls.clear()
    models.hold(JUDGE, "blue")
    with running("probe", cwd=tmp_path, settings=settings) as probe:
        questions, answered = counts(probe.wait_for_line("2 images"))
        assert answered == 0
        wait_until(lambda: models.count() == questions, seconds=100, otherwise=lambda: probe.stdout + probe.stderr)
        assert probe.end(signal.SIGINT, seconds=30) == 130
    assert probe.stderr == "judge-pipeline: interrupted; finished work is kept, run the same command again to resume\n"
    held = models.count(JUDGE, "blue")
    models.clear_replies()
    models.calls.clear()

    done = judge_pipeline("probe", cwd=tmp_path, settings=settings)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("2 images"))
    _, answered = counts(line)
    assert 0 < answered <= questions - held
    assert models.count() == questions - answered
    assert "longer with an error" in done.stdout
    assert "What sways the judge: probes" in (tmp_path / ".judge_pipeline" / "report.html").read_text(encoding="utf-8")


def counts(line: str) -> tuple[int, int]:
    """The questions to the judge, and those that are answered already."""
    found = re.search(r"(\d+) questions to the judge, of which (\d+) are answered already", line)
    assert found is not None, line
    return int(found[1]), int(found[2])


def test_a_price_that_is_unknown_stops_a_probe_with_a_limit_in_dollars(
    user_project: UserProject, tmp_path: Path
) -> None:
    refused = judge_pipeline("probe", "--max-cost-usd", "5", cwd=tmp_path, settings=user_project.settings)
    assert refused.returncode == 2
    assert "set JUDGE__INPUT_USD_PER_MILLION_TOKENS" in refused.stderr
    assert user_project.models.calls == []
