"""The review's app on the port that it is bound to."""

from typing import Any

from judge_pipeline.review.app import create_app
from judge_pipeline.review.comparison import JudgeShown
from judge_pipeline.review.guard import Guard, Secrets
from judge_pipeline.review.session import Session


class ServedApp:
    """The app behind a guard that knows its port once it is bound."""

    def __init__(self, session: Session, secrets: Secrets, judge: JudgeShown) -> None:
        self._make = lambda port: create_app(session, judge=judge, port=port, secrets=secrets)
        self._app: Guard | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self._app = self._app or self._make(scope["server"][1])
        await self._app(scope, receive, send)
