"""A click describes the open frame: once, on the right row, next to people's labels."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from judge_pipeline_tests.editor_agent.harness import Agent, Harness, description
from judge_pipeline_tests.editor_agent.labeller import Labeller
from judge_pipeline_tests.encord_project.holding_proxy import LABEL_SAVE, holding_proxy
from judge_pipeline_tests.model_stub import paint
from judge_pipeline_tests.models.stub_server import StubReply, completion, failure
from judge_pipeline_tests.processes import wait_until

FIRST = "A plain red picture without any detail."
SECOND = "Nothing but red, from edge to edge."


def test_the_notebooks_curl_gets_an_empty_200_and_writes_the_classification(harness: Harness, agent: Agent) -> None:
    harness.models.replies.append(description(FIRST))
    payload = f"""{{
    "projectHash": "{harness.seed.project_hash}",
    "dataHash": "{harness.data_hash("red.png")}",
    "frame": 0
}}"""
    port = agent.url.rpartition(":")[2]
    command = ["curl", "-s", "-w", "%{http_code}", f"localhost:{port}", "-H", "Content-type: application/json"]
    said = subprocess.run([*command, "-d", payload], capture_output=True, text=True, check=True).stdout
    assert said == "200"
    assert harness.answers("red.png") == [FIRST]
    assert harness.answers("blue.png") == []


def test_the_model_gets_the_image_and_the_notebooks_schema(harness: Harness, agent: Agent) -> None:
    agent.click(harness.data_hash("red.png"))
    (body,) = harness.models.bodies
    schema = body["response_format"]["json_schema"]
    assert (schema["strict"], list(schema["schema"]["properties"])) == (True, ["description"])
    assert "minLength" not in str(schema), "strict mode does not know it"
    image, text = body["messages"][1]["content"]
    assert image["image_url"]["url"].startswith("data:image/jpeg;base64,")
    assert "25" in text["text"]
    assert "1000" in text["text"]


def test_a_later_click_asks_again_and_replaces_the_first_answer(harness: Harness) -> None:
    harness.models.replies.extend([description(FIRST), description(SECOND)])
    for expected in (FIRST, SECOND):
        with harness.agent() as agent:  # a restarted agent does not see a double click
            assert agent.click(harness.data_hash("red.png")).status_code == 200
        assert harness.answers("red.png") == [expected]
    assert len(harness.models.bodies) == 2


def test_a_double_click_is_one_question_and_one_answer(harness: Harness, agent: Agent) -> None:
    slow = description(FIRST)
    slow.delay_seconds = 0.3
    harness.models.replies.append(slow)
    red = harness.data_hash("red.png")
    with ThreadPoolExecutor(4) as clicks:
        answers = list(clicks.map(agent.click, [red] * 4))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert agent.click(red).status_code == 200, "the editor refreshed between the clicks"
    assert len(harness.models.bodies) == 1
    assert harness.answers("red.png") == [FIRST]


def test_other_labels_of_people_on_the_row_stay(harness: Harness, agent: Agent, person: Labeller) -> None:
    person.chooses("red.png", "LLM-8B")
    assert agent.click(harness.data_hash("red.png")).status_code == 200
    (choice,) = harness.answers("red.png", "Final Choice")
    assert choice.label == "LLM-8B"


def test_a_label_written_while_the_model_answers_stays(harness: Harness, agent: Agent, person: Labeller) -> None:
    harness.models.rule = lambda _asked: (person.chooses("red.png", "LLM-16B"), description(FIRST))[1]
    assert agent.click(harness.data_hash("red.png")).status_code == 200
    (choice,) = harness.answers("red.png", "Final Choice")
    assert (choice.label, harness.answers("red.png")) == ("LLM-16B", [FIRST])


def test_a_persons_description_is_not_replaced_and_the_model_is_not_asked(
    harness: Harness, agent: Agent, person: Labeller
) -> None:
    person.writes("red.png", "by hand")
    answer = agent.click(harness.data_hash("red.png"))
    assert answer.status_code == 409
    assert answer.json()["message"].startswith("A person has answered 'Description' on this frame")
    assert (harness.answers("red.png"), harness.models.bodies) == (["by hand"], [])


def test_a_description_edited_by_a_person_counts_as_theirs(harness: Harness, agent: Agent, person: Labeller) -> None:
    agent.click(harness.data_hash("red.png"))
    person.changes("red.png", "better by hand")
    with harness.agent() as later:
        assert later.click(harness.data_hash("red.png")).status_code == 409
    assert harness.answers("red.png") == ["better by hand"]


def test_a_description_written_while_the_model_answers_stays(harness: Harness, agent: Agent, person: Labeller) -> None:
    harness.models.rule = lambda _asked: (person.writes("red.png", "by hand"), description(FIRST))[1]
    assert agent.click(harness.data_hash("red.png")).status_code == 409
    assert harness.answers("red.png") == ["by hand"]


def test_an_answer_that_could_not_be_saved_is_not_paid_twice(harness: Harness, agent: Agent) -> None:
    harness.models.replies.append(description(FIRST))
    fault = {"match": "v1 POST labelrow", "status": 429, "retry_after": 3600}
    harness.seed.server.control("POST", "faults", json=fault)
    red = harness.data_hash("red.png")
    assert agent.click(red).status_code == 503
    assert harness.answers("red.png") == []
    assert agent.click(red).status_code == 200
    assert harness.answers("red.png") == [FIRST]
    assert len(harness.models.bodies) == 1


@pytest.mark.parametrize("said", ["too short", "x" * 1001, None, 7])
def test_an_invalid_answer_is_asked_for_once_more(harness: Harness, agent: Agent, said: object) -> None:
    harness.models.replies.extend([completion(json.dumps({"description": said})), description(FIRST)])
    assert agent.click(harness.data_hash("red.png")).status_code == 200
    assert harness.answers("red.png") == [FIRST]
    assert "cannot be used" in harness.models.bodies[1]["messages"][-1]["content"]


def test_two_invalid_answers_leave_the_row_unchanged(harness: Harness, agent: Agent) -> None:
    harness.models.rule = lambda _asked: completion("A picture.")
    answer = agent.click(harness.data_hash("red.png"))
    assert answer.status_code == 503
    assert answer.json()["message"].startswith("The model's answer is unusable: expected a JSON object, found none")
    assert (harness.answers("red.png"), len(harness.models.bodies)) == ([], 2)


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        (completion(refusal="I will not."), 409, "The model refused to describe this image."),
        (failure(401, "no"), 503, "The model cannot be used; contact the agent's administrator."),
        (failure(400, "no"), 503, "The model does not respond; try again in a minute."),
    ],
)
def test_a_model_without_an_answer_gives_a_plain_message(
    harness: Harness, agent: Agent, answer: StubReply, status: int, message: str
) -> None:
    harness.models.rule = lambda _asked: answer
    response = agent.click(harness.data_hash("red.png"))
    assert (response.status_code, response.json()) == (status, {"message": message})


def test_a_slow_answer_is_saved_after_the_click_was_answered(harness: Harness) -> None:
    slow = description(FIRST)
    slow.delay_seconds = 0.6
    harness.models.replies.append(slow)
    with harness.agent(answer_seconds=0.3) as agent:
        answer = agent.click(harness.data_hash("red.png"))
        assert answer.status_code == 202
        assert answer.json()["message"].startswith("The model is still working")
        wait_until(lambda: harness.answers("red.png") == [FIRST], seconds=10)


def test_work_in_progress_is_saved_when_the_agent_stops(harness: Harness) -> None:
    slow = description(FIRST)
    slow.delay_seconds = 0.6
    harness.models.replies.append(slow)
    with harness.agent(answer_seconds=0.2) as agent:
        assert agent.click(harness.data_hash("red.png")).status_code == 202
    assert harness.answers("red.png") == [FIRST]


def test_concurrent_questions_are_limited_by_the_endpoint(harness: Harness) -> None:
    harness.seed.add_images([paint(harness.folder, colour) for colour in ("green", "grey", "black")])
    slow = description(FIRST)
    slow.delay_seconds = 0.1
    harness.models.rule = lambda _asked: slow
    harness.models.most_at_once = 0
    hashes = [harness.data_hash(f"{colour}.png") for colour in ("red", "blue", "green", "grey", "black")]
    with harness.agent(concurrency=2) as agent, ThreadPoolExecutor(5) as clicks:
        assert [answer.status_code for answer in clicks.map(agent.click, hashes)] == [200] * 5
    assert harness.models.most_at_once == 2


def test_a_label_saved_during_the_agents_save_stays(harness: Harness, person: Labeller) -> None:
    with (
        holding_proxy(
            harness.connection.domain,
            *LABEL_SAVE,
            meanwhile=lambda: person.chooses("red.png", "LLM-16B"),
        ) as proxy,
        harness.agent(domain=proxy.url) as agent,
    ):
        assert agent.click(harness.data_hash("red.png")).status_code == 200
    (choice,) = harness.answers("red.png", "Final Choice")
    assert (proxy.held, choice.label, len(harness.answers("red.png"))) == (1, "LLM-16B", 1)
