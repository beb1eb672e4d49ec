"""Asks for a stage that the workflow does not have."""

from encord_agents.tasks import SequentialRunner

runner = SequentialRunner()


@runner.stage("LLM3")
def never() -> str:
    return "Third caption"


if __name__ == "__main__":
    runner.run()
