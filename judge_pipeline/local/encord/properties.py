"""The filter by title, description and dates, shared by the listings of projects, datasets and ontologies."""

from typing import Any

from judge_pipeline.local.encord.wire import Body, Moment

SQL = """
  (:title_eq IS NULL OR title = :title_eq) AND (:title_like IS NULL OR title LIKE :title_like)
  AND (:desc_eq IS NULL OR description = :desc_eq) AND (:desc_like IS NULL OR description LIKE :desc_like)
  AND (:created_before IS NULL OR created_at < :created_before)
  AND (:created_after IS NULL OR created_at >= :created_after)
  AND (:edited_before IS NULL OR edited_at < :edited_before)
  AND (:edited_after IS NULL OR edited_at >= :edited_after)
"""


class PropertyFilter(Body):
    """None means no condition; `*_like` is an SQL LIKE pattern, times are ISO 8601."""

    title_eq: str | None = None
    title_like: str | None = None
    desc_eq: str | None = None
    desc_like: str | None = None
    description_eq: str | None = None
    description_like: str | None = None
    created_before: Moment | None = None
    created_after: Moment | None = None
    edited_before: Moment | None = None
    edited_after: Moment | None = None

    def parameters(self) -> dict[str, Any]:
        """The parameters of `SQL`; datasets write `description…` where the others write `desc…`."""
        named = self.model_dump()
        return named | {
            "desc_eq": self.desc_eq or self.description_eq,
            "desc_like": self.desc_like or self.description_like,
        }
