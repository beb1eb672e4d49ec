"""The three calls per image as an evaluation with inspect_ai: two captions, then one judgement, of photographs in a folder.

    python benchmarks/inspect_program.py FOLDER MODELS_URL IN_FLIGHT

It runs in an environment of its own, which `benchmarks/inspect_yardstick.py` makes. Everything that is not said here is left as
inspect_ai has it, its log included.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval  # noqa: A004
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessageUser,
    Content,
    ContentImage,
    ContentText,
    GenerateConfig,
    Model,
    ResponseSchema,
    get_model,
)
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import JSONSchema

QUESTION = "Caption this image within 20 words, and say nothing else."
CRITERIA = ("Accuracy", "Completeness", "Fluency", "Overall")
CHOICE = JSONSchema(type="string", enum=["LLM 8B", "LLM 16B", "Tie"])
FORM = JSONSchema(type="object", properties=dict.fromkeys(CRITERIA, CHOICE), required=list(CRITERIA))


def model(name: str, **config: Any) -> Model:
    limited = GenerateConfig(max_connections=int(sys.argv[3]), **config)
    return get_model(f"openai/{name}", base_url=sys.argv[2], api_key="none", config=limited, responses_api=False)


async def ask(asked: Model, text: str, image: Content) -> str:
    return (await asked.generate([ChatMessageUser(content=[ContentText(text=text), image])])).completion


@solver
def captions() -> Solver:
    captioners = (model("small"), model("large"))

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        image = state.user_prompt.content[0]
        state.metadata["captions"] = await asyncio.gather(*(ask(each, QUESTION, image) for each in captioners))
        return state

    return solve


@scorer(metrics=[accuracy()])
def judged() -> Scorer:
    judge = model("judge", response_schema=ResponseSchema(name="answer", json_schema=FORM))

    async def score(state: TaskState, target: Target) -> Score:
        answer = await ask(
            judge, "Judge these captions:\n" + "\n".join(state.metadata["captions"]), state.user_prompt.content[0]
        )
        choice = json.loads(answer)["Overall"]
        return Score(value=choice == "LLM 8B", answer=choice)

    return score


def main() -> None:
    folder, in_flight = Path(sys.argv[1]), int(sys.argv[3])
    samples = [
        Sample(input=[ChatMessageUser(content=[ContentImage(image=str(file))])])
        for file in sorted(folder.glob("*.jpg"))
    ]
    (log,) = eval(
        Task(dataset=samples, solver=captions(), scorer=judged()),
        model=None,
        max_samples=2 * in_flight,
        display="none",
        log_dir=str(folder / "logs"),
    )
    if log.status != "success":
        raise SystemExit(f"inspect_ai: {log.status}; {log.error and log.error.message}")


if __name__ == "__main__":
    main()
