"""How far the review has drawn images, and which tab shows which image."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from judge_pipeline.domain.drawing import Draw
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.tables import claims, draws


class Draws:
    """The draws of one project. Every method is one transaction and may raise StoreError."""

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def all(self) -> dict[Tag, Draw]:
        """Every image that has ever waited for review, sorted by tag."""
        wanted = select(draws.c.tag, draws.c.weight, draws.c.reached, draws.c.round)
        mine = wanted.where(draws.c.project == self._project).order_by(draws.c.tag)
        with self._database.reading() as connection:
            return {Tag(row.tag): Draw(row.weight, row.reached, row.round) for row in connection.execute(mine)}

    def save(self, found: Mapping[Tag, Draw]) -> None:
        """Saves the draws of these images, all or none."""
        rows = [
            {"project": self._project, "tag": tag, "weight": draw.weight, "reached": draw.reached, "round": draw.round}
            for tag, draw in sorted(found.items())
        ]
        if rows:
            with self._database.writing() as connection:
                connection.execute(self._database.upsert(draws), rows)

    def claim(self, tags: Sequence[Tag], *, holder: str, seconds: float) -> Tag:
        """Claims the first of these images that no other holder has claimed, or the first one if they all are.

        Raises:
            IndexError: there are no tags.
        """
        mine = claims.c.project == self._project
        with self._database.writing() as connection:
            now = self._database.now(connection)
            others = select(claims.c.tag).where(mine, claims.c.holder != holder, claims.c.expires_at > now.isoformat())
            taken = {
                tag for chunk in in_chunks(tags) for tag in connection.scalars(others.where(claims.c.tag.in_(chunk)))
            }
            tag = next((tag for tag in tags if tag not in taken), tags[0])
            until = now + timedelta(seconds=seconds)
            row = {"project": self._project, "tag": tag, "holder": holder, "expires_at": until.isoformat()}
            connection.execute(self._database.upsert(claims), row)
        return tag

    def release(self, holder: str) -> None:
        """Releases the claims of all holders whose names begin with this."""
        theirs = (claims.c.project == self._project, claims.c.holder.startswith(holder, autoescape=True))
        with self._database.writing() as connection:
            connection.execute(delete(claims).where(*theirs))
