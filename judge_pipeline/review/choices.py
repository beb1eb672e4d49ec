"""What a reviewer may choose at the start, as words of the command line."""

from enum import StrEnum


class Order(StrEnum):
    """What comes first."""

    RANDOM = "random"
    DISAGREEMENTS = "disagreements"


class JudgeShown(StrEnum):
    """When a person sees what the judge said of an image that they have answered."""

    KEY = "key"
    MOMENT = "moment"
    NEVER = "never"
