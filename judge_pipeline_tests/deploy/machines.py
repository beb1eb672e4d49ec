"""An installation without containers: PostgreSQL, Redis, Dagster's daemon and Celery's workers, each a machine of its own.

Each machine has its own home, folder for temporary files and DAGSTER_HOME, and shares nothing with the others but the databases.
"""

import os
import shutil
import signal
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml
from dagster._core.execution.backfill import PartitionBackfill

from benchmarks.scene import Scene
from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.automation.code_location import code_location
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline_tests.deploy.redis_server import redis_program, running_redis
from judge_pipeline_tests.deploy.shared_instance import SHIPPED, instance_settings
from judge_pipeline_tests.docs.pages import ROOT
from judge_pipeline_tests.environments import clean_environment
from judge_pipeline_tests.forked import ForkedCommand
from judge_pipeline_tests.processes import descendants, wait_until
from judge_pipeline_tests.store.postgresql_server import PostgresqlServer, programs, running_postgresql

TAG_ASSETS = [dg.AssetKey(asset) for asset in ASSET_TYPES]


def missing_program() -> str | None:
    """What is not installed here and has to be."""
    if programs() is None:
        return "PostgreSQL is not installed (no initdb)"
    return None if redis_program() else "Redis is not installed (no redis-server)"


@dataclass
class Machine:
    """A folder, and the process that runs there."""

    folder: Path
    environment: Mapping[str, str]
    process: ForkedCommand | None = None

    def start(self, program: str, name: str, *arguments: str) -> None:
        """Forks a program by its function, in a session of its own: a new interpreter imports for two seconds."""
        self.process = ForkedCommand(
            [str(Path(sys.executable).with_name(name)), *arguments],
            cwd=self.folder,
            environment=self.environment,
            stdout=self.folder / "log",
            stderr=self.folder / "log",
            program=program,
        )

    def pull_the_plug(self) -> None:
        """Kills everything that runs there at once."""
        self._signal(signal.SIGKILL)
        if self.process:
            self.process.wait()
            self.process = None

    def suspend(self) -> None:
        """Stops everything that runs there."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Continues it."""
        self._signal(signal.SIGCONT)

    @property
    def log(self) -> str:
        """What the process has printed."""
        return (self.folder / "log").read_text(errors="replace")

    def _signal(self, number: signal.Signals) -> None:
        if self.process:
            for pid in (self.process.pid, *descendants(self.process.pid)):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)


@dataclass
class Installation:
    """The databases, the daemon's machine and the workers; `instance` is Dagster's, opened by this process."""

    folder: Path
    instance: dg.DagsterInstance
    daemon: Machine
    settings: Mapping[str, str]
    database_url: str
    workers: list[Machine] = field(default_factory=list)

    def start_daemon(self) -> None:
        """The daemon, which loads the code location in a process of its own."""
        self.daemon.start("dagster._daemon.cli:main", "dagster-daemon", "run", "-m", "judge_pipeline.definitions")

    def start_workers(self, number: int) -> list[Machine]:
        """So many more machines with a worker each."""
        begun = []
        for _ in range(number):
            name = f"worker{len(self.workers) + 1}"
            worker = self._machine(name)
            hostname = f"{name}@{name}.example"
            options = ("--app", "dagster_celery.app", "worker", "--concurrency", "1", "--hostname", hostname)
            worker.start("celery.__main__:main", "celery", *options)
            self.workers.append(worker)
            begun.append(worker)
        return begun

    def backfill(self, tags: Sequence[str], *, batch_size: int) -> str:
        """Has Dagster materialise all tag assets of these tags; the daemon submits it at its next look. Returns its id."""
        definitions = code_location(dg.ResourceDefinition.none_resource(), batch_size=batch_size)
        add_tags(self.instance, tags)
        backfill = PartitionBackfill.from_asset_partitions(
            backfill_id=uuid.uuid4().hex[:8],
            asset_graph=definitions.resolve_asset_graph(),
            partition_names=list(tags),
            asset_selection=TAG_ASSETS,
            backfill_timestamp=time.time(),
            tags={},
            dynamic_partitions_store=self.instance,
            all_partitions=False,
            title=None,
            description=None,
            run_config=None,
        )
        self.instance.add_backfill(backfill)
        return backfill.backfill_id

    def runs(self, *statuses: dg.DagsterRunStatus) -> list[dg.DagsterRun]:
        """The runs in these statuses, or all; the earliest first."""
        found = self.instance.get_runs(dg.RunsFilter(statuses=list(statuses)) if statuses else None)
        return list(reversed(found))

    def wait_for_runs(self, number: int, *statuses: dg.DagsterRunStatus, seconds: float = 120) -> list[dg.DagsterRun]:
        """Waits until so many runs are in these statuses."""
        wait_until(lambda: len(self.runs(*statuses)) >= number, seconds=seconds, otherwise=self.describe)
        return self.runs(*statuses)

    def host_of(self, run_id: str) -> str | None:
        """The home of the process that has the run, by the file that it locks."""
        for worker in self.workers:
            if (worker.folder / "dagster" / "judge_pipeline_runs" / run_id).exists():
                return worker.folder.name
        return None

    def worker_with(self, run_id: str) -> Machine | None:
        """The machine that works on a run."""
        return next((worker for worker in self.workers if worker.folder.name == self.host_of(run_id)), None)

    def describe(self) -> str:
        """The state of all runs and the end of each log, for a failed assertion."""
        states = []
        for run in self.runs():
            failed = self.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
            states.append(f"{run.run_id[:8]} {run.status.value} {[str(each.dagster_event)[-600:] for each in failed]}")
            if not failed and run.status is dg.DagsterRunStatus.FAILURE:
                states += [f"    {each.user_message}" for each in self.instance.all_logs(run.run_id)[-4:]]
        logs = [f"{each.folder.name}: {each.log[-1500:]}" for each in (self.daemon, *self.workers)]
        return "\n".join([*states, *logs])

    def _machine(self, name: str) -> Machine:
        return make_machine(self.folder / name, self.settings)


def scene_settings(
    found: Scene, folder: Path, *, batch_size: int, concurrency: int, lost_after: float = 60
) -> dict[str, str]:
    """The settings of an installation that works on this scene; its key becomes a file in the folder."""
    key = folder / "key"
    key.write_text(found.pipeline.connection.ssh_private_key)
    settings = {
        "ENCORD_DOMAIN": found.encord_url,
        "ENCORD_SSH_KEY_FILE": str(key),
        "ENCORD_PROJECT_HASH": found.pipeline.project_hash,
        "JUDGE__ORDERS": "one",
        "JUDGE_PIPELINE_BATCH_SIZE": str(batch_size),
        "JUDGE_PIPELINE_LOST_AFTER_SECONDS": str(lost_after),
    }
    for name, model in (("LLM1", "small"), ("LLM2", "large"), ("JUDGE", "judge")):
        settings |= {
            f"{name}__BASE_URL": f"{found.models_url}/v1",
            f"{name}__MODEL": model,
            f"{name}__CONCURRENCY": str(concurrency),
        }
    return settings


def make_machine(folder: Path, settings: Mapping[str, str]) -> Machine:
    """A machine with the files that docs/many-machines.md says."""
    for each in ("dagster", "home", "tmp", "etc"):
        (folder / each).mkdir(parents=True)
    config = yaml.safe_load((SHIPPED / "dagster-workers.yaml").read_text(encoding="utf-8"))
    config["run_coordinator"]["config"]["dequeue_interval_seconds"] = 1  # 5 by default
    (folder / "dagster" / "dagster.yaml").write_text(yaml.safe_dump(config))
    shutil.copy(SHIPPED / "dagster_celery_config.py", folder / "etc")
    own = {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "DAGSTER_HOME": str(folder / "dagster"),
        "JUDGE_PIPELINE_HOME": str(folder / "home"),
        "PYTHONPATH": f"{folder / 'etc'}:{ROOT}",
        "PYTHONWARNINGS": "ignore",
    }
    return Machine(folder, {**clean_environment(settings), **own})


@contextmanager
def installation(folder: Path, settings: Mapping[str, str], *, runs_at_once: int) -> Iterator[Installation]:
    """PostgreSQL with two empty databases, Redis, and machines that are not started yet; everything is gone at the end."""
    bin_folder, redis = programs(), redis_program()
    assert bin_folder
    assert redis
    with ExitStack() as stack:
        server = stack.enter_context(running_postgresql(bin_folder))
        broker = stack.enter_context(running_redis(redis, folder / "redis"))
        dagsters, ours = (stack.enter_context(server.database()) for _ in range(2))
        shared = {
            **settings,
            **instance_settings(server, dagsters),
            "DAGSTER_CELERY_BROKER_URL": f"{broker}/0",
            "DAGSTER_CELERY_BACKEND_URL": f"{broker}/1",
            "DAGSTER_MAX_CONCURRENT_RUNS": str(runs_at_once),
            "JUDGE_PIPELINE_DATABASE_URL": server.url(ours),
            "JUDGE_PIPELINE_OUTPUT": str(folder / "output"),
            "DAGSTER_EVENT_LOG_CONSUMER_DAEMON_INTERVAL_SECONDS": "1",  # how often Dagster looks for runs to retry
        }
        daemon = make_machine(folder / "daemon", shared)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name in [name for name in os.environ if name not in daemon.environment]:
            patch.delenv(name)
        for name, value in daemon.environment.items():
            patch.setenv(name, value)
        instance = stack.enter_context(dg.DagsterInstance.get())
        made = Installation(folder, instance, daemon, shared, server.url(ours))
        try:
            yield made
        finally:
            for machine in (*made.workers, made.daemon):
                machine.pull_the_plug()
            _disconnect(server, dagsters, ours)


def _disconnect(server: PostgresqlServer, *databases: str) -> None:
    with psycopg.connect(host=str(server.folder), user="postgres", autocommit=True) as connection:
        for name in databases:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
