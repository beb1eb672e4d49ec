"""What a person may ask of one run in the launchpad, beside which tags and assets."""

import dagster as dg
from pydantic import Field


class BatchConfig(dg.Config):
    """All have defaults: a run that says nothing makes what is missing, and no more."""

    refresh: bool = Field(
        False,
        description="Make the selected assets anew, and with them what follows from them: captions are asked for again, "
        "replace their text items in Encord and are judged again. Every answer is paid for again.",
    )
    reopen: bool = Field(
        False,
        description="Also work on images that a person has finished (Complete, Archive): they go back to the people. "
        "Final Choice stays as it is.",
    )
    max_model_calls: int | None = Field(
        None,
        description="Calls to models after which this run begins no further one; the setting's value when left out.",
    )
    max_cost_usd: float | None = Field(
        None,
        description="US dollars after which this run begins no further call; the setting's value when left out. "
        "Needs the prices of all three models.",
    )
