"""Buttons of editor agents: registered for a project, shown on its items; the only script a page may run."""

from pathlib import Path

import pytest
import requests

from judge_pipeline_tests.local.encord.editor.group import create_group
from judge_pipeline_tests.local.encord.editor.web_page import open_page
from judge_pipeline_tests.seed_project import SeedProject

HOSTILE = "\"><script>alert(1)</script>'"


def agents_url(seed: SeedProject) -> str:
    return f"{seed.server.url}/_local/projects/{seed.project_hash}/editor-agents"


def test_agents_keep_their_order_until_they_are_replaced(seed: SeedProject) -> None:
    agents = [{"title": title, "url": f"https://agent.example/{title}"} for title in ("b", "a")]
    assert requests.get(agents_url(seed), timeout=10).json() == []
    for registered in (agents, agents[:1], []):
        assert requests.put(agents_url(seed), json=registered, timeout=10).json() == registered
        assert requests.get(agents_url(seed), timeout=10).json() == registered


@pytest.mark.parametrize(
    "agent",
    [
        {"title": "", "url": "https://agent.example/"},
        {"title": "x" * 101, "url": "https://agent.example/"},
        {"title": "x", "url": "javascript:alert(1)"},
        {"title": "x", "url": "/describe"},
        {"title": "x", "url": "https://agent.example/", "secret": "s"},
    ],
)
def test_an_invalid_agent_is_refused(seed: SeedProject, agent: dict[str, str]) -> None:
    assert requests.put(agents_url(seed), json=[agent], timeout=10).status_code == 422
    assert requests.get(agents_url(seed), timeout=10).json() == []


def test_an_unknown_project_has_no_agents(seed: SeedProject) -> None:
    url = agents_url(seed).replace(seed.project_hash, "00000000-0000-4000-8000-000000000000")
    assert requests.get(url, timeout=10).status_code == 404
    assert requests.put(url, json=[], timeout=10).status_code == 404


def test_a_page_with_buttons_may_run_only_its_own_script_and_reach_only_its_agents(
    seed: SeedProject, tmp_path: Path, photographs: list[Path]
) -> None:
    group = create_group(seed, tmp_path, photographs[0])
    agents = [
        {"title": "Describe", "url": "http://127.0.0.1:8000/key/"},
        {"title": HOSTILE, "url": "https://agent.example/?a=1&b=%22"},
        {"title": "six", "url": "http://[::1]:9000/"},
    ]
    requests.put(agents_url(seed), json=agents, timeout=10).raise_for_status()
    page = open_page(seed.server.url, group.address(group.image))
    assert [(button.text, button.attributes["data-url"]) for button in page.all("button")] == [
        (agent["title"], agent["url"]) for agent in agents
    ]
    (script,) = page.all("script")
    assert (script.attributes["src"], script.text) == ("/editor-assets/agents.js", "")
    policy = page.response.headers["Content-Security-Policy"]
    assert policy.endswith(
        "script-src 'self'; connect-src http://127.0.0.1:8000 http://[::1]:9000 https://agent.example:443"
    )
    assert "unsafe" not in policy
    requests.put(agents_url(seed), json=[], timeout=10).raise_for_status()
    without = open_page(seed.server.url, group.address(group.image))
    assert not without.all("script")
    assert "script-src" not in without.response.headers["Content-Security-Policy"]
