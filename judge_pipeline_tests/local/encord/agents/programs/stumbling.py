"""Raises for one title, leaves another in its stage, and moves the others; logs every call."""

import os
from pathlib import Path

from encord.workflow.stages.agent import AgentTask
from encord_agents.tasks import SequentialRunner

CALLS = Path(os.environ["CALLS"])

runner = SequentialRunner()


@runner.stage("LLM1")
def stumble(task: AgentTask) -> str | None:
    with CALLS.open("a") as calls:
        calls.write(f"{task.data_title}\n")
    if task.data_title == "raises.txt":
        raise RuntimeError("this one cannot be done")
    return None if task.data_title == "stays.txt" else "First caption"


if __name__ == "__main__":
    runner.run()
