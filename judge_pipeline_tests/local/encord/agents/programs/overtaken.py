"""Works on a batch while another program advances its last task; the batch's list of moves is then refused as a whole."""

import os

from encord.workflow.stages.agent import AgentStage, AgentTask
from encord_agents.tasks import SequentialRunner

OVERTAKEN = os.environ["OVERTAKEN"]

runner = SequentialRunner()


@runner.stage("LLM1")
def work(task: AgentTask, stage: AgentStage) -> str:
    if task.data_title == OVERTAKEN:
        next(iter(stage.get_tasks(data_hash=str(task.data_hash)))).proceed("First caption")
    return "First caption"


if __name__ == "__main__":
    runner.run()
