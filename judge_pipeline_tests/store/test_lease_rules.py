"""The rules of leases, as a state machine that acquires, renews, releases and writes at simulated times in any order."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import LeaseLost
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import Store

TAGS = [Tag("a"), Tag("b"), Tag("c")]
SECONDS = st.integers(min_value=0, max_value=30)


@dataclass
class Taken:
    """What the model knows of a tag: its last lease, whose it is, and when it ends; never once it was released."""

    lease: Lease
    holder: str
    ends_at: datetime
    is_held: bool = True


class Leasing(RuleBasedStateMachine):
    """Several runs and one clock. Every lease that was ever given is kept and used again, however old."""

    leases = Bundle("leases")

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.project = store.project(str(uuid4()))
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.taken: dict[Tag, Taken] = {}
        self.written: dict[Tag, Usage] = {}

    def is_in_force(self, lease: Lease) -> bool:
        return self.taken[lease.tag].lease == lease and self.taken[lease.tag].is_held

    @rule(seconds=SECONDS)
    def pass_time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(
        target=leases, tags=st.lists(st.sampled_from(TAGS), unique=True), holder=st.sampled_from("xyz"), seconds=SECONDS
    )
    def acquire(self, tags: list[Tag], holder: str, seconds: int) -> object:
        free = {
            tag
            for tag in tags
            if tag not in self.taken or not self.taken[tag].is_held or self.taken[tag].ends_at <= self.now
        }
        found = self.project.leases.acquire(tags, holder=holder, seconds=seconds, now=self.now)
        assert set(found) == free
        for tag, lease in found.items():
            assert lease.tag == tag
            assert tag not in self.taken or lease.token > self.taken[tag].lease.token
            self.taken[tag] = Taken(lease, holder, self.now + timedelta(seconds=seconds))
        return multiple(*found.values())

    @rule(lease=leases, seconds=SECONDS)
    def renew(self, lease: Lease, seconds: int) -> None:
        in_force = self.is_in_force(lease)
        try:
            self.project.leases.renew([lease], seconds=seconds, now=self.now)
        except LeaseLost as lost:
            holders = lost.holders
        else:
            holders = {}
            self.taken[lease.tag].ends_at = self.now + timedelta(seconds=seconds)
        last = self.taken[lease.tag]
        assert holders == ({} if in_force else {lease.tag: last.holder if last.is_held else None})

    @rule(lease=leases)
    def release(self, lease: Lease) -> None:
        self.project.leases.release([lease])
        if self.is_in_force(lease):
            self.taken[lease.tag].is_held = False

    @rule(lease=leases, number=st.integers(min_value=0, max_value=1_000))
    def write(self, lease: Lease, number: int) -> None:
        in_force = self.is_in_force(lease)
        try:
            self.project.save_result("usage", lease, Usage(number))
        except LeaseLost:
            assert not in_force
        else:
            assert in_force
            self.written[lease.tag] = Usage(number)

    @invariant()
    def nothing_is_written_but_by_the_last_to_take_a_tag(self) -> None:
        assert self.project.results("usage", Usage) == self.written


def test_only_the_last_to_take_a_tag_writes_about_it_whatever_happens_when(store: Store) -> None:
    patient = settings(max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(partial(Leasing, store), settings=patient)  # type: ignore[arg-type]
