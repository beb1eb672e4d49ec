"""What happens to a run from outside at any of its points: it is stopped past its lease, or a person decides meanwhile.

`benchmarks/interruptions.py` goes through all points, the tests through a few.
"""

import os
import signal
from collections import Counter
from dataclasses import replace

from judge_pipeline.local.encord.traffic import is_write
from judge_pipeline_tests.encord_project.holding_proxy import holding_proxy
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import choose
from judge_pipeline_tests.engine.test_kills import KilledRun
from judge_pipeline_tests.engine.test_suspended_runs import BEFORE_WRITES, PAUSE_SECONDS
from judge_pipeline_tests.engine.trial import Trial, message_of
from judge_pipeline_tests.model_stub import LARGE, SMALL

NEVER = 10**6

LONG_PAUSE_SECONDS = 15.0
"""A machine with much else to do may send SIGSTOP seconds late; a run that has gone on by then is stopped anywhere."""


def stop_past_the_lease(trial: Trial, write: str, *, seconds_pass: bool) -> None:
    """SIGSTOP right before a write; another run does the work; SIGCONT: nothing more is written, no caption is paid twice.

    With `seconds_pass` the other run waits until the lease has expired, otherwise it is expired for it.
    """
    trial.add("red")
    match, skip = BEFORE_WRITES[write]
    pause = LONG_PAUSE_SECONDS if seconds_pass else PAUSE_SECONDS
    trial.inject_fault(match=match, status="slow", skip=skip, delay_seconds=pause)
    run = KilledRun(trial)
    run.start()
    run.wait_until(lambda: trial.faults_met() == 1)
    os.kill(run.process.pid, signal.SIGSTOP)
    try:
        if not seconds_pass:
            run.expire_leases()
        assert trial.materialize().success
        assert encord_state(trial.seed) == finished("red")
        before = Counter(trial.requests())
    finally:
        os.kill(run.process.pid, signal.SIGCONT)
    assert run.process.wait(60) == 0
    written = [name for name in Counter(trial.requests()) - before if is_write(name)]
    assert not written, f"{written} afterwards"
    assert encord_state(trial.seed) == finished("red")
    assert (trial.models.count(SMALL), trial.models.count(LARGE)) == (1, 1)


def choose_at(trial: Trial, *held: str, point: int = 0, seconds: float = 0.5) -> tuple[int, str]:
    """A person chooses while the run's request number `point` of those that contain `held` waits.

    Returns how many such requests there were, and "kept", "named" if the choice is gone and the run says so, "kept and named",
    or "none" if there were fewer.
    """
    trial.add("red", "green")
    direct = trial.pipeline
    with holding_proxy(
        direct.connection.domain,
        *held,
        meanwhile=lambda: choose(trial, "red", "LLM-8B"),
        seconds=seconds,
        skip=point,
    ) as proxy:
        trial.pipeline = replace(direct, connection=replace(direct.connection, domain=proxy.url))
        result = trial.materialize()
    trial.pipeline = direct
    if not proxy.held:
        return proxy.seen, "none"
    state = encord_state(trial.seed)
    choice = state["red"]["labels"].pop("Final Choice", None)
    assert choice in (None, {"Final Choice": "LLM-8B"})
    if not result.success:
        assert "'red.png' was changed by somebody else" in message_of(result), (point, message_of(result))
        return proxy.seen, "named" if choice is None else "kept and named"
    assert choice is not None, f"the choice made at request {point} is lost without a word"
    assert state == finished("red", "green")
    return proxy.seen, "kept"
