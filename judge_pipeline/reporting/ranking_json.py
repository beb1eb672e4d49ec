"""A ranking of captioners as JSON; None is undefined, and the reason is next to it."""

from dataclasses import asdict
from typing import Any

from judge_pipeline.domain.statistics import Estimate, Ranking
from judge_pipeline.reporting.ranking import CaptionerRanking


def ranking_json(found: CaptionerRanking) -> dict[str, Any]:
    """Every number that the command prints, ready for `json.dumps`; it holds no address and no image."""
    return {
        "projects": [
            {"name": project.name, "images": len(project.outcomes), "judge": project.judge}
            for project in found.projects
        ],
        "ordered_by": found.leading and found.leading[0],
        "rankings": {name.replace(" ", "_"): _ranking(each) for name, each in found.by_whom.items()},
        "pairs": [asdict(pair) for pair in found.pairs],
        "notes": found.notes,
    }


def _ranking(found: Ranking) -> dict[str, Any]:
    return {
        "undefined": found.undefined,
        "battles": found.battles,
        "labelled": found.labelled,
        "tie": found.tie,
        "unlabelled_pairs": [list(map(str, pair)) for pair in found.unlabelled],
        "captioners": [
            {
                "captioner": str(place.name),
                "win_rate": _estimate(place.win_rate),
                "strength": _estimate(place.strength),
                "ranks": place.ranks and list(place.ranks),
            }
            for place in found.places
        ],
        "expected_win_rates": [
            {"one": str(one), "other": str(other), "win_rate": value} for (one, other), value in found.points.items()
        ],
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    interval = estimate.interval
    return {
        "value": estimate.value,
        "interval_95": None if interval is None else [interval.low, interval.high],
        "images": estimate.n,
        "undefined": estimate.undefined,
    }
