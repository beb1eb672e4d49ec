"""The holder of a project: which store works on it, as the marker in Encord says. Pure."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ProjectHolder:
    """A store that works on a project, on which host, since when; without a renewal it stops counting at `expires_at`."""

    store: str
    host: str
    since: datetime
    expires_at: datetime

    @classmethod
    def read(cls, marker: object) -> "ProjectHolder | None":
        """The holder in a marker's text; None if the marker is missing or is not one of ours."""
        try:
            found = json.loads(marker) if isinstance(marker, str) else {}
            times = {name: datetime.fromisoformat(found[name]) for name in ("since", "expires_at")}
            holder = cls(str(found["store"]), str(found["host"]), **times)
        except (ValueError, TypeError, LookupError):
            return None
        return holder if all(moment.tzinfo for moment in times.values()) else None

    @property
    def marker(self) -> str:
        """The text that `read` reads."""
        return json.dumps(asdict(self), default=lambda moment: moment.isoformat(timespec="seconds"))

    def blocks(self, store: str, *, now: datetime) -> bool:
        """Whether another store than this one holds the project."""
        return self.store != store and now < self.expires_at

    def __str__(self) -> str:
        return f"store {self.store[:8]} on {self.host} since {self.since:%Y-%m-%d %H:%M} UTC"
