"""`judge-pipeline review` as a person runs it: with their own Encord and no models, until Ctrl-C."""

import signal
from pathlib import Path

import pytest
import requests

from judge_pipeline_tests.cli.commands import judge_pipeline, running
from judge_pipeline_tests.processes import wait_until
from judge_pipeline_tests.review.reviewed import REVIEWER, Reviewed


@pytest.fixture
def settings(reviewed: Reviewed) -> dict[str, str]:
    """What names the trial's project and store, and no model."""
    seed, folder = reviewed.trial.seed, reviewed.trial.folder
    key_file = folder / "key"
    key_file.write_text(seed.server.private_key_text)
    return {
        "ENCORD_DOMAIN": seed.server.url,
        "ENCORD_SSH_KEY_FILE": str(key_file),
        "ENCORD_PROJECT_HASH": seed.project_hash,
        "JUDGE_PIPELINE_DATABASE_URL": reviewed.trial.pipeline.database_url,
    }


def browser_that_notes(folder: Path, settings: dict[str, str]) -> Path:
    """Records the mode and content of the file that the browser opens. All users could see a link in an argument."""
    opened, script = folder / "opened", folder / "browser"
    script.write_text(f"""#!/bin/sh
file="${{1#file://}}"
printf '%s %s' "$(stat -c %a "$file")" "$(cat "$file")" > "{opened}.part" && mv "{opened}.part" "{opened}"
""")
    script.chmod(0o755)
    settings["BROWSER"] = f"{script} %s &"
    return opened


@pytest.mark.slow
def test_a_session_from_its_link_to_ctrl_c(reviewed: Reviewed, settings: dict[str, str], tmp_path: Path) -> None:
    options = ("--approve", "--reviewer", REVIEWER, "--limit", "1", "--order", "disagreements")
    opened = browser_that_notes(tmp_path, settings)
    with running("review", *options, cwd=tmp_path, settings=settings) as review:
        link = review.wait_for_line("Review  ").split()[1]
        wait_until(opened.exists, seconds=60)
        assert opened.read_text() == f'600 <!doctype html><meta http-equiv="refresh" content="0;url={link}">'
        url = link.partition("/enter/")[0]
        with requests.Session() as client:
            client.get(link, timeout=30).raise_for_status()
            item = client.post(
                f"{url}/api/next", json={"tab": "t", "without": []}, headers={"Origin": url}, timeout=30
            ).json()["item"]
            answer = {"tag": item["tag"], "side": "left"}
            client.post(f"{url}/api/answer", json=answer, headers={"Origin": url}, timeout=30).raise_for_status()
        assert review.end(signal.SIGINT) == 0
    assert review.stderr == ""
    assert "Images  1 waits for an answer" in review.stdout
    assert "your answers are not a random sample" in review.stdout.replace("\n", " ")
    assert review.stdout.endswith("1 answered in this session, 0 left.\n")
    assert list(tmp_path.rglob("review-*.html")) == []
    assert reviewed.stages(reviewed.colour(item["tag"])) == {"Complete"}
    (choice,) = reviewed.known().values()
    assert (choice.blind, choice.decided_by, choice.review) == (True, REVIEWER, "approved")


@pytest.mark.slow
def test_what_is_not_set_is_named(reviewed: Reviewed, settings: dict[str, str], tmp_path: Path) -> None:
    del settings["ENCORD_PROJECT_HASH"]
    ended = judge_pipeline("review", "--no-open", cwd=tmp_path, settings=settings)
    assert ended.returncode == 2
    assert ended.stderr.startswith("judge-pipeline: not set: ENCORD_PROJECT_HASH;")


@pytest.mark.slow
def test_the_report_is_opened_if_one_asks(reviewed: Reviewed, settings: dict[str, str], tmp_path: Path) -> None:
    opened, script = tmp_path / "opened", tmp_path / "browser"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" > "{opened}"\n')
    script.chmod(0o755)
    settings |= {"BROWSER": f"{script} %s &", "LLM1__BASE_URL": "http://127.0.0.1:9/v1", "LLM1__MODEL": "m"}
    settings |= {
        f"{name}__{key}": settings[f"LLM1__{key}"] for name in ("LLM2", "JUDGE") for key in ("BASE_URL", "MODEL")
    }
    ended = judge_pipeline("report", "--open", "--out", "out.html", cwd=tmp_path, settings=settings)
    assert (ended.returncode, ended.stderr) == (0, "")
    wait_until(opened.exists, seconds=20)
    assert opened.read_text() == (tmp_path / "out.html").as_uri()
