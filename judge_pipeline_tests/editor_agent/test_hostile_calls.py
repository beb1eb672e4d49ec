"""Good calls are answered while hostile ones arrive; `python -m benchmarks.hostile_calls` measures the same, longer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge_pipeline.editor_agent.server import Certificate
from judge_pipeline_tests.certificates import loopback_certificate
from judge_pipeline_tests.editor_agent.hostile_calls import HALF_A_BODY, HALF_A_HEAD, HostedAgent, hosted_agent

DESCRIPTORS = 256


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostedAgent]:
    with hosted_agent(tmp_path_factory.mktemp("agent"), descriptors=DESCRIPTORS) as agent:
        yield agent


def test_header_lines_without_end_are_cut_off_and_take_no_memory(hosted: HostedAgent) -> None:
    """300 MB of them used to be taken, and the process grew to gigabytes."""
    assert hosted.good_call() == 200
    before = hosted.memory_mb()
    assert hosted.flood(300) < 20, "what the kernel buffers"
    assert hosted.memory_mb() < before + 10
    assert hosted.good_call() == 200


@pytest.mark.parametrize(
    "begun", [HALF_A_HEAD, HALF_A_BODY, b"", b"GET / HTTP/1.1\r\n"], ids=["head", "body", "nothing", "line"]
)
def test_more_half_sent_requests_than_descriptors_keep_no_good_call_out(hosted: HostedAgent, begun: bytes) -> None:
    with hosted.half_sent(DESCRIPTORS + 44, begun):
        assert [hosted.good_call() for _ in range(5)] == [200] * 5


def test_half_a_tls_handshake_holds_no_place_either(tmp_path: Path) -> None:
    chain, key = loopback_certificate(tmp_path)
    with hosted_agent(tmp_path, descriptors=DESCRIPTORS, certificate=Certificate(chain, key)) as agent:
        with agent.half_sent(DESCRIPTORS + 44, b"\x16\x03\x01\x02\x00\x01"):
            assert [agent.good_call() for _ in range(3)] == [200] * 3
        with agent.connect() as plain:  # it is the youngest, and still an error of its own
            plain.sendall(b"GET /health HTTP/1.1\r\n\r\n")
            assert b"200" not in plain.recv(1000)
